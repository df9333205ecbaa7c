// req_DH_params as a server hears it, its inner data honestly encrypted after the input has changed
// it, in either RSA scheme. Exactly what is right is accepted.

#include "support/alter.hpp"
#include "support/exchange.hpp"
#include "support/openssl.hpp"

#include <corogram/crypto/rsa_pad.hpp>
#include <corogram/crypto/tmp_aes.hpp>
#include <corogram/mtproto/detail/hidden_data.hpp>
#include <corogram/mtproto/detail/server_steps.hpp>
#include <corogram/mtproto/errc.hpp>
#include <corogram/service/types/P_Q_inner_data.hpp>
#include <corogram/service/types/Server_DH_Params.hpp>
#include <corogram/service/types/Server_DH_inner_data.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

namespace corogram::fuzz {

namespace {

using namespace mtproto;

constexpr std::array<core::byte, 8> pq{0x17, 0xed, 0x48, 0x94, 0x1a, 0x08, 0xf9, 0x81};
constexpr std::array<core::byte, 4> p{0x49, 0x4c, 0x55, 0x3b}, q{0x53, 0x91, 0x10, 0x73};

template <class Inner>
core::byte_buffer make(choices& from, Inner inner) {
  core::byte_buffer altered_pq(pq.begin(), pq.end()), altered_p(p.begin(), p.end()),
      altered_q(q.begin(), q.end());
  alter(from, altered_pq);
  alter(from, altered_p);
  alter(from, altered_q);
  inner.pq = altered_pq;
  inner.p = altered_p;
  inner.q = altered_q;
  inner.nonce = exchange::nonce;
  inner.server_nonce = exchange::server_nonce;
  alter_nonce(from, inner.nonce);
  alter_nonce(from, inner.server_nonce);
  inner.new_nonce = exchange::new_nonce;
  return tl::encode(inner);
}

std::int32_t some_dc(choices& from) {
  constexpr std::array<std::int32_t, 6> known{2, -2, 10002, -10002, 3, 0};
  const core::byte which = from.byte();
  return which < 240 ? known[which % known.size()] : static_cast<std::int32_t>(word(from));
}

core::byte_buffer make_inner(choices& from) {
  switch (from.below(4)) {
    case 0:
      return make(from, service::p_q_inner_data());
    case 1: {
      service::p_q_inner_data_temp inner;
      inner.expires_in = static_cast<std::int32_t>(word(from));
      return make(from, std::move(inner));
    }
    case 2: {
      service::p_q_inner_data_temp_dc inner;
      inner.dc = some_dc(from);
      inner.expires_in = static_cast<std::int32_t>(word(from));
      return make(from, std::move(inner));
    }
    default: {
      service::p_q_inner_data_dc inner;
      inner.dc = some_dc(from);
      return make(from, std::move(inner));
    }
  }
}

// What was put under RSA, and how; with what the server finds behind it.
struct sealed {
  core::byte_buffer plain;
  crypto::rsa_scheme scheme = crypto::rsa_scheme::pad;
  core::byte_buffer encrypted;
};

sealed make_sealed(choices& from) {
  sealed made;
  made.plain = make_inner(from);
  alter(from, made.plain);
  made.plain.resize((made.plain.size() + 3) / 4 * 4);
  core::test_random random(4);
  const crypto::rsa_public_key& key = exchange::server_key().public_key();
  made.scheme = from.below(4) == 0 ? crypto::rsa_scheme::sha1 : crypto::rsa_scheme::pad;
  const auto encrypted = made.scheme == crypto::rsa_scheme::sha1
                             ? crypto::rsa_sha1_encrypt(key, made.plain, random)
                             : crypto::rsa_pad_encrypt(key, made.plain, random);
  if (!encrypted) return made;
  made.encrypted.assign(encrypted->begin(), encrypted->end());
  if (made.scheme == crypto::rsa_scheme::pad) {
    // RSA_PAD does not tell where its content ends: the random bytes that are drawn first follow.
    core::test_random same_random(4);
    core::byte_buffer padding(crypto::rsa_pad_padded_size - made.plain.size());
    same_random.fill(padding);
    core::append(made.plain, padding);
  }
  return made;
}

struct inner_fields {
  bool right_numbers = false;
  tl::int256 new_nonce;
  std::optional<std::int32_t> dc;
  std::optional<std::int32_t> expires_in;
};

template <class Inner>
bool right_numbers(const Inner& inner) {
  return core::equal(inner.pq, pq) && core::equal(inner.p, p) && core::equal(inner.q, q) &&
         inner.nonce == tl::int128(exchange::nonce) &&
         inner.server_nonce == tl::int128(exchange::server_nonce);
}

std::optional<inner_fields> read_inner(const sealed& inside) {
  std::size_t size = 0;
  const auto box = tl::decode_view<tl::box<service::P_Q_inner_data>>(
      inside.plain, inside.scheme == crypto::rsa_scheme::pad ? &size : nullptr);
  if (!box) return std::nullopt;
  if (const auto* inner = (*box)->get_if<service::p_q_inner_data_dc>())
    return inner_fields{right_numbers(*inner), inner->new_nonce, inner->dc, {}};
  if (const auto* inner = (*box)->get_if<service::p_q_inner_data_temp_dc>())
    return inner_fields{right_numbers(*inner), inner->new_nonce, inner->dc, inner->expires_in};
  if (const auto* inner = (*box)->get_if<service::p_q_inner_data_temp>())
    return inner_fields{right_numbers(*inner), inner->new_nonce, {}, inner->expires_in};
  const auto& inner = *(*box)->get_if<service::p_q_inner_data>();
  return inner_fields{right_numbers(inner), inner.new_nonce, {}, {}};
}

// Whether the data centre's number is one that this server answers to, by its rules.
bool fits(const std::optional<std::int32_t>& dc, const key_exchange_server_config& config) {
  const auto lenient = [&](rule which) {
    return config.strictness.of(which) != strictness::strict;
  };
  if (!dc) return lenient(rule::inner_data_names_dc);
  const std::int64_t number = *dc < 0 ? -std::int64_t{*dc} : *dc;
  const bool test = number > 10000;
  return (test == config.test_dc || lenient(rule::dc_environment)) &&
         ((test ? number - 10000 : number) == config.dc || lenient(rule::dc_number));
}

bool is_right(const service::req_DH_params& query, const sealed& inside,
              const key_exchange_server_config& config) {
  if (query.public_key_fingerprint != exchange::server_key().public_key().fingerprint() ||
      inside.encrypted.empty() || !core::equal(query.encrypted_data, inside.encrypted))
    return false;
  if (inside.scheme == crypto::rsa_scheme::sha1 &&
      config.strictness.of(rule::rsa_pad) == strictness::strict)
    return false;
  const auto inner = read_inner(inside);
  return core::equal(query.p, p) && core::equal(query.q, q) && inner && inner->right_numbers &&
         (!inner->expires_in || *inner->expires_in > 0) && fits(inner->dc, config);
}

// The configurations are only read, and a key takes its time to load.
const key_exchange_server_config& known_config(std::size_t chosen) {
  static std::map<std::size_t, key_exchange_server_config> made;
  const auto known = made.find(chosen);
  if (known != made.end()) return known->second;
  return made.emplace(chosen, exchange::server_config(static_cast<core::byte>(chosen)))
      .first->second;
}

void check_reply(core::byte_view reply, const sealed& inside, const detail::dh_sent& state) {
  const auto params = tl::decode_view<service::server_DH_params_ok>(reply);
  require(params && (*params)->nonce == tl::int128(exchange::nonce) &&
              (*params)->server_nonce == tl::int128(exchange::server_nonce),
          "the reply bears the nonces");
  const auto sent = read_inner(inside);
  const auto tmp_aes = crypto::derive_tmp_aes(sent->new_nonce.view(), exchange::server_nonce);
  const auto data = detail::reveal((*params)->encrypted_answer, tmp_aes);
  require(data.has_value(), "the client can reveal what the server hides");
  const auto inner = tl::decode_view<service::server_DH_inner_data>(data->view());
  require(inner && core::equal((*inner)->dh_prime, crypto::known_prime()), "the known prime");
  require(openssl::in_dh_range((*inner)->g_a, crypto::known_prime()), "g_a is in its range");
  require(state.expires_in.has_value() == sent->expires_in.has_value(),
          "the key is temporary if the client said so");
}

}  // namespace

void run(core::byte_view input) noexcept {
  choices from(input);
  const key_exchange_server_config& config = known_config(from.below(32));
  const sealed inside = make_sealed(from);
  service::req_DH_params query;
  query.nonce = exchange::nonce;
  query.server_nonce = exchange::server_nonce;
  core::byte_buffer altered_p(p.begin(), p.end()), altered_q(q.begin(), q.end()),
      encrypted = inside.encrypted;
  alter(from, altered_p);
  alter(from, altered_q);
  alter(from, encrypted);
  query.p = altered_p;
  query.q = altered_q;
  query.encrypted_data = encrypted;
  query.public_key_fingerprint =
      from.byte() == 0xff ? signed_number(from) : exchange::server_key().public_key().fingerprint();

  exchange::cheap_random random(1);
  const auto step = detail::on_req_DH_params(
      detail::pq_sent{pq, p, q}, detail::run_nonces{exchange::nonce, exchange::server_nonce}, query,
      config, {}, random, exchange::noon);
  require(step.has_value() == is_right(query, inside, config),
          "exactly a right req_DH_params is accepted");
  if (step) check_reply(step->reply, inside, step->state);
}

}  // namespace corogram::fuzz
