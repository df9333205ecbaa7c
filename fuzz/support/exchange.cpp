#include "exchange.hpp"

#include <rsa_test_key.hpp>

#include <algorithm>

namespace corogram::fuzz::exchange {

namespace {

constexpr std::size_t short_exponent_size = 8;

}  // namespace

const crypto::rsa_private_key& server_key() {
  static const crypto::rsa_private_key key = *crypto::rsa_private_key::from_pem(test::rsa_test_key);
  return key;
}

void cheap_random::fill(core::byte_span bytes) noexcept {
  stream_.fill(bytes);
  if (bytes.size() == crypto::dh_size)
    std::ranges::fill(bytes.first(crypto::dh_size - short_exponent_size), core::byte{0});
}

core::secret_array<crypto::dh_size> short_exponent(std::uint64_t seed) {
  cheap_random random(seed);
  return crypto::random_dh_exponent(random);
}

mtproto::key_exchange_client_config client_config(core::byte chosen) {
  mtproto::key_exchange_client_config config;
  config.keys = {server_key().public_key()};
  config.dialect.old_pq_query = (chosen & 1) != 0;
  config.dialect.old_inner_data = (chosen & 2) != 0;
  config.dialect.old_rsa_scheme = (chosen & 4) != 0;
  if ((chosen & 8) != 0) config.expires_in = std::chrono::hours(1);
  if ((chosen & 16) != 0) config.dc = mtproto::wire_dc(2, true, true);
  return config;
}

mtproto::key_exchange_server_config server_config(core::byte chosen) {
  mtproto::key_exchange_server_config config;
  config.keys.push_back(server_key().clone());
  if ((chosen & 1) != 0) config.strictness = mtproto::policy(mtproto::strictness::strict);
  if ((chosen & 2) != 0) config.strictness = mtproto::policy(mtproto::strictness::record);
  config.random_tails = (chosen & 4) != 0;
  config.report_stages = (chosen & 8) != 0;
  config.test_dc = (chosen & 16) != 0;
  return config;
}

}  // namespace corogram::fuzz::exchange
