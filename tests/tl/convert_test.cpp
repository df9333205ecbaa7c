#include <corogram/api/fwd.hpp>
#include <corogram/api/types/Config.hpp>
#include <corogram/api/types/DcOption.hpp>
#include <corogram/api/types/User.hpp>
#include <corogram/older_api/older_api.hpp>
#include <corogram/tl/codec.hpp>
#include <corogram/tl/convert.hpp>
#include <corogram/tl/errc.hpp>

#include <gtest/gtest.h>

#include <memory>

namespace corogram::tl {
namespace {

value_type type_named(const char* name) {
  const tables& schema = api::tables();
  return {value_kind::box, false,
          static_cast<std::uint16_t>(schema.find_type(name) - schema.types.data())};
}

core::result<core::byte_buffer> older(std::uint32_t layer, const char* type,
                                      core::byte_view value) {
  return to_older_layer(api::tables(), older_api::layers(), layer, type_named(type), value);
}

core::byte_buffer sample_config() {
  api::config config;
  config.date = 1;
  config.expires = 2;
  config.this_dc = 3;
  config.test_mode = true;
  api::dcOption option;
  option.id = 3;
  option.ip_address = "127.0.0.1";
  option.port = 443;
  config.dc_options.push_back(std::move(option));
  config.set_tmp_sessions(7);
  config.webfile_dc_id = 4;
  return encode(config);
}

TEST(OlderLayer, LeavesTheNewestLayerAsItIs) {
  const core::byte_buffer config = sample_config();
  EXPECT_EQ(*older(api::tables().layer, "Config", config), config);
}

// The number, the order and the flags of config#330b4067 are those of the schema of layer 144.
TEST(OlderLayer, CarriesOverWhatBothFormsHave) {
  const auto converted = older(144, "Config", sample_config());
  ASSERT_TRUE(converted);
  core::byte_buffer begin;
  const auto put = [&](std::uint32_t word) {
    std::array<core::byte, 4> bytes;
    core::store_le(bytes.data(), word);
    core::append(begin, bytes);
  };
  put(0x330b4067);
  put(1);  // flags: tmp_sessions
  put(1);  // date
  put(2);  // expires
  put(bool_true_id);
  put(3);  // this_dc
  put(vector_id);
  put(1);
  put(0x18b7a10d);  // dcOption
  put(0);
  put(3);
  ASSERT_GE(converted->size(), begin.size());
  EXPECT_TRUE(core::equal(core::byte_view(*converted).first(begin.size()), begin));
  // webfile_dc_id is the last field, as the fields behind it are absent.
  EXPECT_EQ(core::load_le<std::uint32_t>(converted->data() + converted->size() - 4), 4u);
}

TEST(OlderLayer, ChangesWhatLiesInsideAVector) {
  api::user user;
  user.id = 5;
  user.set_first_name("A");
  core::byte_buffer users;
  const value_type vector_of_users = {
      value_kind::vector, true,
      static_cast<std::uint16_t>(api::tables().find_value(type_named("User")))};
  users.resize(8);
  core::store_le(users.data(), vector_id);
  core::store_le(users.data() + 4, std::uint32_t{1});
  encode(user, users);
  const auto converted =
      to_older_layer(api::tables(), older_api::layers(), 144, vector_of_users, users);
  ASSERT_TRUE(converted);
  EXPECT_EQ(core::load_le<std::uint32_t>(converted->data() + 8), 0x3ff6ecb0u);
  // flags with the bit of first_name, then the id.
  EXPECT_EQ(core::load_le<std::uint32_t>(converted->data() + 12), 2u);
  EXPECT_EQ(core::load_le<std::int64_t>(converted->data() + 16), 5);
}

TEST(OlderLayer, FailsAtEveryPrefixAndOnMoreThanTheValue) {
  core::byte_buffer config = sample_config();
  for (std::size_t size = 0; size < config.size(); ++size) {
    // An exact-size heap block, so that the address sanitizer sees a read past the end.
    const auto block = std::make_unique<core::byte[]>(size);
    std::copy_n(config.begin(), size, block.get());
    EXPECT_FALSE(older(144, "Config", core::byte_view(block.get(), size)));
  }
  config.resize(config.size() + 4);
  EXPECT_EQ(older(144, "Config", config).error().code, errc::trailing_bytes);
}

}  // namespace
}  // namespace corogram::tl
