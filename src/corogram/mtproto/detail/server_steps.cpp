#include <corogram/core/endian.hpp>
#include <corogram/core/reader.hpp>
#include <corogram/crypto/pq.hpp>
#include <corogram/crypto/rsa_pad.hpp>
#include <corogram/crypto/tmp_aes.hpp>
#include <corogram/mtproto/detail/hidden_data.hpp>
#include <corogram/mtproto/detail/server_steps.hpp>
#include <corogram/mtproto/errc.hpp>
#include <corogram/mtproto/msg_id.hpp>
#include <corogram/service/types/Client_DH_Inner_Data.hpp>
#include <corogram/service/types/P_Q_inner_data.hpp>
#include <corogram/service/types/ResPQ.hpp>
#include <corogram/service/types/Server_DH_Params.hpp>
#include <corogram/service/types/Server_DH_inner_data.hpp>
#include <corogram/service/types/Set_client_DH_params_answer.hpp>
#include <corogram/tl/codec.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace corogram::mtproto::detail {
namespace {

/// The generator that goes with the known prime in all of Telegram's servers. Some clients accept
/// no other pair.
constexpr std::int32_t generator = 3;

/// What a test data centre's number has on top (AK-12).
constexpr std::int64_t test_mark = 10000;

/// A prime of 31 bits: four bytes long, as clients expect, and the product of two is below 2^63.
std::uint32_t random_prime(core::random_source& random) {
  for (;;) {
    const auto candidate = (random.integer<std::uint32_t>() & 0x7fff'ffff) | 0x4000'0001;
    if (crypto::is_prime(candidate)) return candidate;
  }
}

//= AK-03
pq_sent make_pq(core::random_source& random) {
  const std::uint32_t first = random_prime(random);
  std::uint32_t second = random_prime(random);
  while (second == first) second = random_prime(random);
  const auto [p, q] = std::minmax(first, second);
  pq_sent state;
  core::store_be(state.pq.data(), std::uint64_t{p} * q);
  core::store_be(state.p.data(), p);
  core::store_be(state.q.data(), q);
  return state;
}

/// What the four kinds of inner data say alike. Refers to the object.
struct inner_fields {
  std::string_view name;
  const tl::string& pq;
  const tl::string& p;
  const tl::string& q;
  const tl::int128& nonce;
  const tl::int128& server_nonce;
  std::optional<std::int32_t> dc;
  std::optional<std::int32_t> expires_in;
};

template <class Inner>
inner_fields common_fields(std::string_view name, const Inner& inner,
                           std::optional<std::int32_t> dc = {},
                           std::optional<std::int32_t> expires_in = {}) {
  return {name, inner.pq, inner.p, inner.q, inner.nonce, inner.server_nonce, dc, expires_in};
}

//= AK-13
inner_fields fields_of(const tl::box<service::P_Q_inner_data>& box) {
  if (const auto* inner = box.get_if<service::p_q_inner_data_dc>())
    return common_fields("p_q_inner_data_dc", *inner, inner->dc);
  if (const auto* inner = box.get_if<service::p_q_inner_data_temp_dc>())
    return common_fields("p_q_inner_data_temp_dc", *inner, inner->dc, inner->expires_in);
  if (const auto* inner = box.get_if<service::p_q_inner_data_temp>())
    return common_fields("p_q_inner_data_temp", *inner, {}, inner->expires_in);
  return common_fields("p_q_inner_data", *box.get_if<service::p_q_inner_data>());
}

//= DIV-09
core::result<void> check_dc(std::optional<std::int32_t> dc,
                            const key_exchange_server_config& config,
                            const violation_sink& violations) {
  const core::error wrong_dc(errc::wrong_dc, core::error::no_offset, "this data centre's number");
  if (!dc) {
    if (config.strictness.admits(rule::inner_data_names_dc, "inner data without dc", violations))
      return {};
    return errc::unexpected_message;
  }
  const std::int64_t number = *dc < 0 ? -std::int64_t{*dc} : *dc;
  const bool test = number > test_mark;
  //= AK-26
  if (test != config.test_dc &&
      !config.strictness.admits(rule::dc_environment, "dc = " + std::to_string(*dc), violations))
    return wrong_dc;
  //= TR-30
  if ((test ? number - test_mark : number) != config.dc &&
      !config.strictness.admits(rule::dc_number, "dc = " + std::to_string(*dc), violations))
    return wrong_dc;
  return {};
}

template <class Object>
core::result<void> check_nonces(const Object& object, const run_nonces& nonces) {
  //= AK-09
  if (!same_nonce(object.nonce, nonces.nonce) ||
      !same_nonce(object.server_nonce, nonces.server_nonce))
    return errc::nonce_mismatch;
  return {};
}

/// Takes new_nonce out of serialised inner data, of whichever kind, and leaves zeros there: decoded
/// objects lie in memory that does not wipe itself.
core::result<core::secret_array<32>> take_new_nonce(core::secret_buffer& data) {
  core::reader in(data.view());
  COROGRAM_CHECK(in.take(sizeof(service::p_q_inner_data_dc::tl_id)));
  // pq, p and q. All three are short, and so is the form of their length.
  constexpr int strings_before = 3;
  for (int i = 0; i < strings_before; ++i) {
    COROGRAM_TRY(const auto length, in.le<core::byte>());
    constexpr std::size_t word = 4;
    COROGRAM_CHECK(in.take((1u + length + word - 1) / word * word - 1));
  }
  constexpr std::size_t nonces = 2 * sizeof(tl::int128);
  COROGRAM_CHECK(in.take(nonces));
  const std::size_t at = in.offset();
  COROGRAM_CHECK(in.take(sizeof(tl::int256)));
  const core::byte_span found = data.span().subspan(at, sizeof(tl::int256));
  core::secret_array<32> new_nonce{std::span<const core::byte, 32>(found)};
  core::wipe(found);
  return new_nonce;
}

/// What the client has put under RSA.
struct opened_inner_data {
  core::secret_array<32> new_nonce;
  std::optional<std::chrono::seconds> expires_in;
  std::string about;
};

core::result<opened_inner_data> open_inner_data(const pq_sent& state, const run_nonces& nonces,
                                                const service::req_DH_params& query,
                                                const key_exchange_server_config& config,
                                                const violation_sink& violations) {
  const auto key = std::ranges::find(
      config.keys, query.public_key_fingerprint,
      [](const crypto::rsa_private_key& own) { return own.public_key().fingerprint(); });
  if (key == config.keys.end()) return errc::no_known_key;
  COROGRAM_TRY(crypto::rsa_opened opened, crypto::rsa_decrypt_any(*key, query.encrypted_data));
  const bool padded = opened.scheme == crypto::rsa_scheme::pad;
  //= DIV-07
  if (!padded && !config.strictness.admits(rule::rsa_pad, "RSA with SHA1", violations))
    return errc::unexpected_message;

  COROGRAM_TRY(core::secret_array<32> new_nonce, take_new_nonce(opened.data));
  // Random bytes follow the object in RSA_PAD, and nothing in the older scheme.
  std::size_t size = 0;
  COROGRAM_TRY(const auto box, tl::decode_view<tl::box<service::P_Q_inner_data>>(
                                   opened.data.view(), padded ? &size : nullptr));
  const inner_fields inner = fields_of(*box);
  //= AK-22
  if (!core::equal(inner.pq, state.pq) || !core::equal(inner.p, state.p) ||
      !core::equal(inner.q, state.q))
    return errc::bad_pq;
  COROGRAM_CHECK(check_nonces(inner, nonces));
  COROGRAM_CHECK(check_dc(inner.dc, config, violations));
  if (inner.expires_in && *inner.expires_in <= 0) return errc::bad_lifetime;

  opened_inner_data result{std::move(new_nonce), std::nullopt, {}};
  if (inner.expires_in) result.expires_in = std::chrono::seconds(*inner.expires_in);
  result.about = std::string(inner.name) + " under " + (padded ? "RSA_PAD" : "RSA with SHA1") +
                 (inner.dc ? ", data centre " + std::to_string(*inner.dc) : std::string());
  return result;
}

}  // namespace

begun_run begin_run(const tl::int128& nonce, bool old_query,
                    const key_exchange_server_config& config, core::random_source& random) {
  //= AK-02
  //= AK-04
  begun_run run{{nonce, random.array<16>()}, make_pq(random), {}};
  service::resPQ reply;
  reply.nonce = nonce;
  reply.server_nonce = run.nonces.server_nonce;
  reply.pq = run.state.pq;
  for (const crypto::rsa_private_key& key : config.keys) {
    reply.server_public_key_fingerprints.push_back(key.public_key().fingerprint());
    //= AK-56
    //= DIV-08
    if (old_query) break;
  }
  tl::encode(reply, run.reply);
  return run;
}

core::result<server_step<dh_sent>> on_req_DH_params(pq_sent state, const run_nonces& nonces,
                                                    const service::req_DH_params& query,
                                                    const key_exchange_server_config& config,
                                                    const violation_sink& violations,
                                                    core::random_source& random,
                                                    core::instant now) {
  //= AK-22
  if (!core::equal(query.p, state.p) || !core::equal(query.q, state.q)) return errc::bad_pq;
  COROGRAM_TRY(opened_inner_data opened, open_inner_data(state, nonces, query, config, violations));

  COROGRAM_TRY(dh_pair own, make_dh_pair(generator, crypto::known_prime(), random));
  //= AK-28
  service::server_DH_inner_data inner;
  inner.nonce = nonces.nonce;
  inner.server_nonce = nonces.server_nonce;
  inner.g = generator;
  inner.dh_prime = crypto::known_prime();
  inner.g_a = own.value.view();
  inner.server_time = to_wire_time(now.wall);

  //= AK-30
  //= AK-31
  crypto::aes_key_iv tmp_aes =
      crypto::derive_tmp_aes(opened.new_nonce.view(), nonces.server_nonce.view());
  //= AK-27
  service::server_DH_params_ok reply;
  reply.nonce = nonces.nonce;
  reply.server_nonce = nonces.server_nonce;
  reply.encrypted_answer = hide(tl::encode(inner), tmp_aes, random);
  return server_step<dh_sent>{dh_sent{std::move(opened.new_nonce), std::move(tmp_aes),
                                      std::move(own.exponent), opened.expires_in},
                              tl::encode(reply), std::move(opened.about)};
}

core::result<key_candidate> on_set_client_DH_params(dh_sent state, const run_nonces& nonces,
                                                    const service::set_client_DH_params& query) {
  COROGRAM_TRY(const core::secret_buffer data, reveal(query.encrypted_data, state.tmp_aes));
  COROGRAM_TRY(const auto inner, tl::decode_view<service::client_DH_inner_data>(data.view()));
  COROGRAM_CHECK(check_nonces(*inner, nonces));
  //= AK-40
  if (inner->retry_id != state.retry_id) return errc::bad_retry_id;
  //= AK-36
  //= AK-37
  //= SEC-01
  COROGRAM_CHECK(crypto::check_dh_public(inner->g_b, crypto::known_prime()));
  //= AK-43
  auth_key key(crypto::dh_pow(inner->g_b, state.a.view(), crypto::known_prime()));
  return key_candidate{std::move(state), std::move(key),
                       "nonces equal outside and inside, SHA1 right, retry_id right, g_b within "
                       "its range"};
}

namespace {

template <class Answer>
core::byte_buffer make_answer(const dh_sent& state, const run_nonces& nonces, const auth_key& key,
                              hash_number number, tl::int128 Answer::* hash) {
  Answer answer;
  answer.nonce = nonces.nonce;
  answer.server_nonce = nonces.server_nonce;
  //= AK-45
  answer.*hash = new_nonce_hash(state.new_nonce.view(), number, key);
  return tl::encode(answer);
}

}  // namespace

//= AK-44
core::byte_buffer answer_ok(const dh_sent& state, const run_nonces& nonces, const auth_key& key) {
  return make_answer(state, nonces, key, hash_number::ok, &service::dh_gen_ok::new_nonce_hash1);
}

core::byte_buffer answer_retry(dh_sent& state, const run_nonces& nonces, const auth_key& key) {
  ++state.retries;
  state.retry_id = key.aux_hash();
  return make_answer(state, nonces, key, hash_number::retry,
                     &service::dh_gen_retry::new_nonce_hash2);
}

core::byte_buffer answer_fail(const dh_sent& state, const run_nonces& nonces, const auth_key& key) {
  return make_answer(state, nonces, key, hash_number::fail, &service::dh_gen_fail::new_nonce_hash3);
}

}  // namespace corogram::mtproto::detail
