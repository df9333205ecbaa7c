// server_DH_params_ok and _fail as a client hears them, the hidden part honestly encrypted after
// the input has changed it. Exactly what is right is accepted; nothing is read of a hidden part
// that somebody else has changed.

#include "support/alter.hpp"
#include "support/exchange.hpp"
#include "support/openssl.hpp"

#include <corogram/crypto/tmp_aes.hpp>
#include <corogram/mtproto/detail/client_steps.hpp>
#include <corogram/mtproto/detail/hidden_data.hpp>
#include <corogram/mtproto/errc.hpp>
#include <corogram/service/functions/set_client_DH_params.hpp>
#include <corogram/service/types/Client_DH_Inner_Data.hpp>
#include <corogram/service/types/Server_DH_Params.hpp>
#include <corogram/service/types/Server_DH_inner_data.hpp>

#include <algorithm>
#include <array>

namespace corogram::fuzz {

namespace {

using namespace mtproto;

crypto::aes_key_iv tmp_aes() {
  return crypto::derive_tmp_aes(exchange::new_nonce, exchange::server_nonce);
}

template <class Object>
void set_nonces(choices& from, Object& object) {
  object.nonce = exchange::nonce;
  object.server_nonce = exchange::server_nonce;
  alter_nonce(from, object.nonce);
  alter_nonce(from, object.server_nonce);
}

template <class Object>
bool right_nonces(const Object& object) {
  return object.nonce == tl::int128(exchange::nonce) &&
         object.server_nonce == tl::int128(exchange::server_nonce);
}

// The edges of what a DH value may be, and one in the middle.
core::byte_buffer make_value(choices& from) {
  const core::byte_view prime = crypto::known_prime();
  core::byte_buffer value(crypto::dh_size);
  constexpr std::size_t edge = 8;  // 2^1984 is a one followed by 248 bytes of zeros
  switch (from.below(6)) {
    case 0:
    case 1:
      value = openssl::power(core::byte_buffer{3}, exchange::short_exponent(9).view(), prime);
      break;
    case 2:
      value[edge - 1] = 1;
      break;
    case 3:
      std::fill(value.begin() + edge, value.end(), core::byte{0xff});
      break;
    case 4:  // prime - 2^1984, since the known prime begins with more than 2^1984
      value.assign(prime.begin(), prime.end());
      value[edge - 1] = static_cast<core::byte>(value[edge - 1] - 1);
      break;
    default:
      value.back() = from.byte();
  }
  alter(from, value);
  return value;
}

struct hidden {
  core::byte_buffer plain;
  core::byte_buffer encrypted;
};

hidden make_hidden(choices& from) {
  service::server_DH_inner_data inner;
  set_nonces(from, inner);
  inner.g = from.flag() ? static_cast<std::int32_t>(word(from)) : 3;
  core::byte_buffer prime(crypto::known_prime().begin(), crypto::known_prime().end());
  alter(from, prime);
  inner.dh_prime = prime;
  inner.g_a = make_value(from);
  inner.server_time = static_cast<std::int32_t>(word(from));
  hidden made;
  made.plain = tl::encode(inner);
  alter(from, made.plain);
  made.plain.resize((made.plain.size() + 3) / 4 * 4);
  exchange::cheap_random random(3);
  made.encrypted = detail::hide(made.plain, tmp_aes(), random);
  return made;
}

core::byte_buffer make_ok(choices& from, const hidden& inside) {
  service::server_DH_params_ok reply;
  set_nonces(from, reply);
  core::byte_buffer encrypted = inside.encrypted;
  alter(from, encrypted);
  reply.encrypted_answer = encrypted;
  return tl::encode(reply);
}

core::byte_buffer make_fail(choices& from) {
  service::server_DH_params_fail reply;
  set_nonces(from, reply);
  const auto digest = openssl::sha1(exchange::new_nonce);
  reply.new_nonce_hash = core::byte_view(digest).subspan(4);
  alter_nonce(from, reply.new_nonce_hash);
  return tl::encode(reply);
}

// The number without its leading zeros is the known prime.
bool is_known_prime(core::byte_view number) {
  while (!number.empty() && number.front() == 0) number = number.subspan(1);
  return core::equal(number, crypto::known_prime());
}

bool generates(std::int32_t g) {
  static const auto squares = [] {
    std::array<bool, 8> found{};
    for (std::uint32_t candidate = 2; candidate < found.size(); ++candidate)
      found[candidate] = openssl::is_square(candidate, crypto::known_prime());
    return found;
  }();
  return g >= 2 && g <= 7 && squares[static_cast<std::size_t>(g)];
}

// What the specification demands. Of other primes none that the fuzzer can make is safe.
bool is_right_ok(core::byte_view body, const hidden& inside) {
  const std::size_t size = exchange::canonical_size<service::server_DH_params_ok>(body);
  if (size == 0) return false;
  const auto reply = tl::decode_view<service::server_DH_params_ok>(body.first(size));
  if (!right_nonces(**reply) || !core::equal((*reply)->encrypted_answer, inside.encrypted))
    return false;
  const auto inner = tl::decode_view<service::server_DH_inner_data>(inside.plain);
  return inner && right_nonces(**inner) && is_known_prime((*inner)->dh_prime) &&
         generates((*inner)->g) && openssl::in_dh_range((*inner)->g_a, crypto::known_prime());
}

bool is_right_fail(core::byte_view body) {
  const std::size_t size = exchange::canonical_size<service::server_DH_params_fail>(body);
  if (size == 0) return false;
  const auto reply = tl::decode_view<service::server_DH_params_fail>(body.first(size));
  const auto digest = openssl::sha1(exchange::new_nonce);
  return right_nonces(**reply) &&
         (*reply)->new_nonce_hash == tl::int128(core::byte_view(digest).subspan(4));
}

void check_answer(const detail::client_step<detail::awaiting_answer>& step, const hidden& inside) {
  const auto query = tl::decode_view<service::set_client_DH_params>(step.query);
  require(query && right_nonces(**query), "the query bears the nonces");
  const auto data = detail::reveal((*query)->encrypted_data, tmp_aes());
  require(data.has_value(), "the server can reveal what the client hides");
  const auto inner = tl::decode_view<service::client_DH_inner_data>(data->view());
  require(inner && right_nonces(**inner) && (*inner)->retry_id == 0, "and it is the first try");
  require(openssl::in_dh_range((*inner)->g_b, crypto::known_prime()), "g_b is in its range");
  const auto server = tl::decode_view<service::server_DH_inner_data>(inside.plain);
  // The exponents are the ones that cheap_random draws for the client's first DH value.
  const core::byte_buffer key =
      openssl::power((*server)->g_a, exchange::short_exponent(1).view(), crypto::known_prime());
  require(core::equal(step.state.key.view(), key), "the key is g_a^b");
}

}  // namespace

void run(core::byte_view input) noexcept {
  choices from(input);
  exchange::cheap_random random(1);
  const auto config = exchange::client_config(0);
  hidden inside;
  core::byte_buffer body;
  switch (from.below(4)) {
    case 0:
      body.assign(from.rest().begin(), from.rest().end());
      break;
    case 1:
      body = make_fail(from);
      alter(from, body);
      break;
    default:
      inside = make_hidden(from);
      body = make_ok(from, inside);
      alter(from, body);
  }

  detail::awaiting_dh_params state{exchange::nonce, exchange::server_nonce,
                                   core::secret_array<32>(exchange::new_nonce)};
  const auto step = detail::on_dh_params(std::move(state), body, config, random, exchange::noon);
  require(step.has_value() == is_right_ok(body, inside), "exactly right values are accepted");
  if (step) return check_answer(*step, inside);
  require_within(step.error(), body.size());
  require((step.error().code == make_error_code(errc::key_refused)) == is_right_fail(body),
          "exactly a right server_DH_params_fail is one");
}

}  // namespace corogram::fuzz
