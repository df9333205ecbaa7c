// set_client_DH_params as a server hears it, the hidden part honestly encrypted after the input has
// changed it. Exactly what is right makes a key, and each answer proves that key.

#include "support/alter.hpp"
#include "support/exchange.hpp"
#include "support/openssl.hpp"

#include <corogram/crypto/tmp_aes.hpp>
#include <corogram/mtproto/detail/hidden_data.hpp>
#include <corogram/mtproto/detail/server_steps.hpp>
#include <corogram/mtproto/errc.hpp>
#include <corogram/service/types/Client_DH_Inner_Data.hpp>
#include <corogram/service/types/Set_client_DH_params_answer.hpp>

#include <algorithm>

namespace corogram::fuzz {

namespace {

using namespace mtproto;

constexpr std::int64_t retry_id = 0x0102030405060708;

detail::run_nonces nonces() {
  return {exchange::nonce, exchange::server_nonce};
}

core::byte_buffer make_inner(choices& from) {
  service::client_DH_inner_data inner;
  inner.nonce = exchange::nonce;
  inner.server_nonce = exchange::server_nonce;
  alter_nonce(from, inner.nonce);
  alter_nonce(from, inner.server_nonce);
  inner.retry_id = from.flag() ? signed_number(from) : retry_id;
  core::byte_buffer value = openssl::power(core::byte_buffer{3}, exchange::short_exponent(9).view(),
                                           crypto::known_prime());
  constexpr std::size_t edge = 8;  // 2^1984 is a one followed by 248 bytes of zeros
  if (from.flag()) std::fill(value.begin(), value.begin() + edge, from.byte());
  alter(from, value);
  inner.g_b = value;
  core::byte_buffer plain = tl::encode(inner);
  alter(from, plain);
  plain.resize((plain.size() + 3) / 4 * 4);
  return plain;
}

bool is_right(core::byte_view plain, std::int64_t expected_retry_id) {
  const auto inner = tl::decode_view<service::client_DH_inner_data>(plain);
  return inner && (*inner)->nonce == tl::int128(exchange::nonce) &&
         (*inner)->server_nonce == tl::int128(exchange::server_nonce) &&
         (*inner)->retry_id == expected_retry_id &&
         openssl::in_dh_range((*inner)->g_b, crypto::known_prime());
}

// SHA1(new_nonce + number + the first 8 bytes of SHA1(key)), without its first 4 bytes.
tl::int128 hash_of(core::byte number, const auth_key& key) {
  const auto of_key = openssl::sha1(key.view());
  core::byte_buffer hashed(exchange::new_nonce.begin(), exchange::new_nonce.end());
  hashed.push_back(number);
  core::append(hashed, core::byte_view(of_key).first(8));
  const auto digest = openssl::sha1(hashed);
  return core::byte_view(digest).subspan(4);
}

template <class Answer>
void check_answer(core::byte_view reply, tl::int128 Answer::* hash, core::byte number,
                  const auth_key& key) {
  const auto answer = tl::decode_view<Answer>(reply);
  require(answer && (*answer)->nonce == tl::int128(exchange::nonce) &&
              (*answer)->server_nonce == tl::int128(exchange::server_nonce),
          "the answer bears the nonces");
  require((**answer).*hash == hash_of(number, key), "and the hash that belongs to it");
}

}  // namespace

void run(core::byte_view input) noexcept {
  choices from(input);
  detail::dh_sent state{core::secret_array<32>(exchange::new_nonce),
                        crypto::derive_tmp_aes(exchange::new_nonce, exchange::server_nonce),
                        exchange::short_exponent(2),
                        {}};
  const bool retried = from.flag();
  state.retries = retried ? 1 : 0;
  state.retry_id = retried ? retry_id : 0;
  core::test_random random(3);
  core::byte_buffer plain, hidden;
  const bool raw = from.below(8) == 0;
  if (!raw) {
    plain = make_inner(from);
    hidden = detail::hide(plain, state.tmp_aes, random);
  }
  core::byte_buffer encrypted =
      raw ? core::byte_buffer(from.rest().begin(), from.rest().end()) : hidden;
  alter(from, encrypted);
  service::set_client_DH_params query;
  query.nonce = exchange::nonce;
  query.server_nonce = exchange::server_nonce;
  query.encrypted_data = encrypted;

  const bool right = !hidden.empty() && encrypted == hidden && is_right(plain, state.retry_id);
  auto candidate = detail::on_set_client_DH_params(std::move(state), nonces(), query);
  require(candidate.has_value() == right, "exactly a right set_client_DH_params makes a key");
  if (!candidate) return;
  const auto inner = tl::decode_view<service::client_DH_inner_data>(plain);
  require(core::equal(candidate->key.view(),
                      openssl::power((*inner)->g_b, exchange::short_exponent(2).view(),
                                     crypto::known_prime())),
          "the key is g_b^a");
  check_answer(detail::answer_ok(candidate->state, nonces(), candidate->key),
               &service::dh_gen_ok::new_nonce_hash1, 1, candidate->key);
  check_answer(detail::answer_retry(candidate->state, nonces(), candidate->key),
               &service::dh_gen_retry::new_nonce_hash2, 2, candidate->key);
  require(candidate->state.retry_id == candidate->key.aux_hash(), "a retry names this key");
  check_answer(detail::answer_fail(candidate->state, nonces(), candidate->key),
               &service::dh_gen_fail::new_nonce_hash3, 3, candidate->key);
}

}  // namespace corogram::fuzz
