#include <corogram/api/functions/help/getConfig.hpp>
#include <corogram/api/functions/initConnection.hpp>
#include <corogram/api/functions/invokeWithLayer.hpp>
#include <corogram/core/hex.hpp>
#include <corogram/rpc/init_connection.hpp>
#include <corogram/tl/codec.hpp>

#include <gtest/gtest.h>

namespace corogram::rpc {
namespace {

client_info some_client() {
  client_info client;
  client.api_id = 7;
  client.device_model = "abc";
  client.system_version = "1";
  client.app_version = "2";
  client.system_lang_code = "en";
  client.lang_pack = "";
  client.lang_code = "de";
  return client;
}

//= INV-03 test
//= INV-06 test
TEST(InitConnection, TheBytesAreThoseOfTheSchema) {
  // The layout by hand: numbers from the schema, strings with their length and padding.
  const auto expected = core::from_hex(
      "0d0d9bda e3000000"                             // invokeWithLayer, 227
      "a95ecdc1 00000000 07000000"                    // initConnection, flags, api_id
      "03616263 01310000 01320000 02656e00 00000000"  // model, versions, language, pack
      "02646500"                                      // lang_code
      "6b18f9c4");                                    // help.getConfig
  ASSERT_TRUE(expected);
  EXPECT_EQ(wrap_first_call(227, some_client(), tl::encode(api::help::getConfig())), *expected);
}

//= INV-06 test
TEST(InitConnection, ParamsSetTheirFlag) {
  client_info client = some_client();
  api::jsonNumber offset;
  offset.value = 3600;
  client.params = offset;
  const core::byte_buffer wrapped =
      wrap_first_call(227, client, tl::encode(api::help::getConfig()));

  const auto outer = tl::decode<api::invokeWithLayer>(wrapped);
  ASSERT_TRUE(outer);
  const auto inner = tl::decode_view<api::initConnection>(core::byte_view(
      reinterpret_cast<const core::byte*>((*outer)->query.data()), (*outer)->query.size()));
  ASSERT_TRUE(inner);
  EXPECT_TRUE((*inner)->has_params());
  EXPECT_FALSE((*inner)->has_proxy());
  ASSERT_NE((*inner)->params.get_if<api::jsonNumber>(), nullptr);
  EXPECT_EQ((*inner)->params.get_if<api::jsonNumber>()->value, 3600);
}

TEST(InitConnection, AWrappedCallIsRecognised) {
  const core::byte_buffer call = tl::encode(api::help::getConfig());
  EXPECT_FALSE(is_wrapped(call));
  EXPECT_FALSE(is_wrapped({}));
  EXPECT_TRUE(is_wrapped(wrap_first_call(227, some_client(), call)));
}

}  // namespace
}  // namespace corogram::rpc
