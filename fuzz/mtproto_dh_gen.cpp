// dh_gen_ok, dh_gen_retry and dh_gen_fail as a client hears them. Each hash belongs to one answer
// and one key; after a retry the client goes on with another key, and no more often than it may.

#include "support/alter.hpp"
#include "support/exchange.hpp"
#include "support/openssl.hpp"

#include <corogram/crypto/tmp_aes.hpp>
#include <corogram/mtproto/detail/client_steps.hpp>
#include <corogram/mtproto/detail/hidden_data.hpp>
#include <corogram/mtproto/errc.hpp>
#include <corogram/service/functions/set_client_DH_params.hpp>
#include <corogram/service/types/Client_DH_Inner_Data.hpp>
#include <corogram/service/types/Set_client_DH_params_answer.hpp>

#include <algorithm>

namespace corogram::fuzz {

namespace {

using namespace mtproto;

auth_key first_key() {
  core::test_random random(5);
  return auth_key(core::secret_array<256>(random.array<256>()));
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
core::byte_buffer make(choices& from, tl::int128 Answer::* hash) {
  Answer answer;
  answer.nonce = exchange::nonce;
  answer.server_nonce = exchange::server_nonce;
  answer.*hash = hash_of(static_cast<core::byte>(from.below(3) + 1), first_key());
  alter_nonce(from, answer.nonce);
  alter_nonce(from, answer.server_nonce);
  alter_nonce(from, answer.*hash);
  core::byte_buffer body = tl::encode(answer);
  alter(from, body);
  return body;
}

template <class Answer>
bool is_right(core::byte_view body, tl::int128 Answer::* hash, core::byte number) {
  const std::size_t size = exchange::canonical_size<Answer>(body);
  if (size == 0) return false;
  const auto answer = tl::decode_view<Answer>(body.first(size));
  return (*answer)->nonce == tl::int128(exchange::nonce) &&
         (*answer)->server_nonce == tl::int128(exchange::server_nonce) &&
         (**answer).*hash == hash_of(number, first_key());
}

void check_next_try(const detail::client_step<detail::awaiting_answer>& step) {
  const auto query = tl::decode_view<service::set_client_DH_params>(step.query);
  require(query.has_value(), "a retry is answered by another set_client_DH_params");
  const auto data = detail::reveal((*query)->encrypted_data, step.state.tmp_aes);
  require(data.has_value(), "the server can reveal it");
  const auto inner = tl::decode_view<service::client_DH_inner_data>(data->view());
  require(inner && (*inner)->retry_id == first_key().aux_hash(), "it names the key that was not");
  require(!(step.state.key == first_key()), "and makes another one");
}

}  // namespace

void run(core::byte_view input) noexcept {
  choices from(input);
  exchange::cheap_random random(1);
  auto config = exchange::client_config(from.byte());
  config.retries = 2;
  const int retries = static_cast<int>(from.below(3));
  core::byte_buffer body;
  switch (from.below(4)) {
    case 0:
      body.assign(from.rest().begin(), from.rest().end());
      break;
    case 1:
      body = make(from, &service::dh_gen_ok::new_nonce_hash1);
      break;
    case 2:
      body = make(from, &service::dh_gen_retry::new_nonce_hash2);
      break;
    default:
      body = make(from, &service::dh_gen_fail::new_nonce_hash3);
  }
  const bool ok = is_right(body, &service::dh_gen_ok::new_nonce_hash1, 1);
  const bool retry = is_right(body, &service::dh_gen_retry::new_nonce_hash2, 2);
  const bool fail = is_right(body, &service::dh_gen_fail::new_nonce_hash3, 3);

  detail::awaiting_answer state{exchange::nonce,
                                exchange::server_nonce,
                                core::secret_array<32>(exchange::new_nonce),
                                crypto::derive_tmp_aes(exchange::new_nonce, exchange::server_nonce),
                                3,
                                {},
                                {},
                                std::chrono::seconds(0),
                                exchange::noon,
                                retries,
                                first_key()};
  std::ranges::copy(crypto::known_prime(), state.prime.begin());
  state.g_a.back() = 9;
  const auto after = detail::on_answer(std::move(state), body, config, random);
  if (!after) {
    require_within(after.error(), body.size());
    require(!ok, "a right dh_gen_ok is accepted");
    require(!retry || retries == config.retries, "a right dh_gen_retry is heard");
    const bool refused = after.error().code == make_error_code(errc::key_refused);
    require(refused == fail, "exactly a right dh_gen_fail is one");
  } else if (const auto* const done = std::get_if<detail::client_success>(&*after)) {
    require(ok, "only a right dh_gen_ok makes a key");
    require(done->result.key == first_key(), "the key is the one that was agreed on");
    require(done->result.expiry.has_value() == config.expires_in.has_value(),
            "a temporary key has an end, and a permanent one has none");
  } else {
    require(retry && retries < config.retries, "only a right dh_gen_retry makes another try");
    check_next_try(std::get<detail::client_step<detail::awaiting_answer>>(*after));
  }
}

}  // namespace corogram::fuzz
