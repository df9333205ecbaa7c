#include <corogram/api/functions/help/getConfig.hpp>
#include <corogram/api/functions/initConnection.hpp>
#include <corogram/api/functions/invokeAfterMsg.hpp>
#include <corogram/api/functions/invokeAfterMsgs.hpp>
#include <corogram/api/functions/invokeWithLayer.hpp>
#include <corogram/api/functions/invokeWithTakeout.hpp>
#include <corogram/api/functions/invokeWithoutUpdates.hpp>
#include <corogram/service/types/Object.hpp>
#include <corogram/testdc/errc.hpp>
#include <corogram/testdc/unwrap.hpp>
#include <corogram/tl/codec.hpp>
#include <corogram/tl/gzip.hpp>

#include <gtest/gtest.h>

#include <memory>

namespace corogram::testdc {
namespace {

core::byte_buffer get_config() {
  return tl::encode(api::help::getConfig());
}

core::byte_buffer with_layer(std::int32_t layer, const core::byte_buffer& query) {
  api::invokeWithLayer wrapper;
  wrapper.layer = layer;
  wrapper.query = query;
  return tl::encode(wrapper);
}

core::byte_buffer with_init(const core::byte_buffer& query) {
  api::initConnection wrapper;
  wrapper.api_id = 1;
  wrapper.device_model = "Device";
  wrapper.app_version = "1.2";
  wrapper.query = query;
  return tl::encode(wrapper);
}

template <class Wrapper>
core::byte_buffer wrapped(const core::byte_buffer& query) {
  Wrapper wrapper;
  wrapper.query = query;
  return tl::encode(wrapper);
}

core::byte_buffer packed(const core::byte_buffer& query) {
  service::gzip_packed wrapper;
  wrapper.packed_data = tl::gzip(query);
  return tl::encode(wrapper);
}

TEST(Unwrap, LeavesABareCallAsItIs) {
  const core::byte_buffer body = get_config();
  const auto call = unwrap(body);
  ASSERT_TRUE(call);
  EXPECT_TRUE(core::equal(call->query, body));
  EXPECT_FALSE(call->layer);
  EXPECT_FALSE(call->initialised);
}

//= INV-16 test
TEST(Unwrap, ReadsWrappersInTheOrderOfTheSpecification) {
  api::invokeAfterMsgs after;
  after.msg_ids = {4, 8};
  after.query = with_layer(227, with_init(packed(get_config())));
  const core::byte_buffer body = tl::encode(after);
  const auto call = unwrap(body);
  ASSERT_TRUE(call);
  EXPECT_TRUE(core::equal(call->query, get_config()));
  EXPECT_EQ(call->layer, 227);
  EXPECT_TRUE(call->initialised);
  EXPECT_EQ(call->client, "Device 1.2");
  EXPECT_EQ(call->after, (std::vector<std::int64_t>{4, 8}));
  EXPECT_FALSE(call->after_is_inside);
  EXPECT_FALSE(call->layer_alone());
}

//= INV-14 test
TEST(Unwrap, ReadsWrappersInAnyOtherOrderAndSaysSo) {
  api::invokeAfterMsg after;
  after.msg_id = 12;
  after.query = wrapped<api::invokeWithoutUpdates>(with_layer(144, get_config()));
  const core::byte_buffer body = with_init(packed(tl::encode(after)));
  const auto call = unwrap(body);
  ASSERT_TRUE(call);
  EXPECT_TRUE(core::equal(call->query, get_config()));
  EXPECT_EQ(call->layer, 144);
  EXPECT_EQ(call->after, (std::vector<std::int64_t>{12}));
  EXPECT_TRUE(call->without_updates);
  EXPECT_TRUE(call->after_is_inside);
}

//= INV-03 test
TEST(Unwrap, TellsALayerWithoutInitConnection) {
  const core::byte_buffer body = with_layer(227, get_config());
  EXPECT_TRUE(unwrap(body)->layer_alone());
}

TEST(Unwrap, TakesOffWrappersThatSayNothingToTheDataCentre) {
  const core::byte_buffer body = wrapped<api::invokeWithTakeout>(get_config());
  EXPECT_TRUE(core::equal(unwrap(body)->query, get_config()));
}

TEST(Unwrap, RefusesMoreWrappersThanAnyoneNeeds) {
  core::byte_buffer body = get_config();
  for (std::size_t i = 0; i + 1 < max_wrappers; ++i)
    body = wrapped<api::invokeWithoutUpdates>(body);
  EXPECT_TRUE(unwrap(body));
  body = wrapped<api::invokeWithoutUpdates>(body);
  EXPECT_EQ(unwrap(body).error().code, errc::too_many_wrappers);
}

TEST(Unwrap, FailsAtEveryPrefixOfTheWrappers) {
  const core::byte_buffer inner = get_config();
  const core::byte_buffer body = with_layer(227, with_init(inner));
  for (std::size_t size = 0; size < body.size() - inner.size(); ++size) {
    // An exact-size heap block, so that the address sanitizer sees a read past the end.
    const auto block = std::make_unique<core::byte[]>(size);
    std::copy_n(body.begin(), size, block.get());
    const auto call = unwrap(core::byte_view(block.get(), size));
    EXPECT_FALSE(call) << "prefix of " << size << " bytes";
  }
}

TEST(Unwrap, RefusesPackedDataThatIsNoneOrTooMuch) {
  service::gzip_packed broken;
  broken.packed_data = "not gzip";
  EXPECT_FALSE(unwrap(tl::encode(broken)));
  const core::byte_buffer bomb = packed(core::byte_buffer(max_inflated_query + 1));
  EXPECT_FALSE(unwrap(bomb));
}

}  // namespace
}  // namespace corogram::testdc
