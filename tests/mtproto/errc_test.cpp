#include <corogram/mtproto/errc.hpp>

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace corogram::mtproto {
namespace {

TEST(Errc, EveryCodeOfTheLayerHasATextOfItsOwnAndTheCategoryIsNamed) {
  EXPECT_STREQ(mtproto_category().name(), "corogram.mtproto");
  std::set<std::string> texts;
  int code = 1;
  for (; mtproto_category().message(code).rfind("unknown error", 0) != 0; ++code)
    EXPECT_TRUE(texts.insert(mtproto_category().message(code)).second) << code;
  EXPECT_GT(code, static_cast<int>(errc::bad_binding));
}

}  // namespace
}  // namespace corogram::mtproto
