#include <corogram/transport/errc.hpp>

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace corogram::transport {
namespace {

TEST(TransportErrc, NamesItsLayerAndEachFailure) {
  const core::error failure(errc::bad_length, 48, "a length within the limit");
  EXPECT_EQ(failure.message(),
            "corogram.transport: a frame length is out of its range, at byte 48, expected a length "
            "within the limit");
  std::set<std::string> messages;
  for (int code = 1; code <= static_cast<int>(errc::bad_proxy_link); ++code)
    messages.insert(transport_category().message(code));
  EXPECT_EQ(messages.size(), static_cast<std::size_t>(errc::bad_proxy_link));
  EXPECT_EQ(transport_category().message(9999), "unknown error 9999");
}

}  // namespace
}  // namespace corogram::transport
