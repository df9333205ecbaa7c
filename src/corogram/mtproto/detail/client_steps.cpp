#include <corogram/core/endian.hpp>
#include <corogram/core/hex.hpp>
#include <corogram/crypto/hash.hpp>
#include <corogram/crypto/pq.hpp>
#include <corogram/crypto/rsa_pad.hpp>
#include <corogram/crypto/tmp_aes.hpp>
#include <corogram/mtproto/detail/client_steps.hpp>
#include <corogram/mtproto/detail/hidden_data.hpp>
#include <corogram/mtproto/errc.hpp>
#include <corogram/mtproto/msg_id.hpp>
#include <corogram/service/functions/req_DH_params.hpp>
#include <corogram/service/functions/req_pq.hpp>
#include <corogram/service/functions/req_pq_multi.hpp>
#include <corogram/service/functions/set_client_DH_params.hpp>
#include <corogram/service/types/Client_DH_Inner_Data.hpp>
#include <corogram/service/types/P_Q_inner_data.hpp>
#include <corogram/service/types/ResPQ.hpp>
#include <corogram/service/types/Server_DH_Params.hpp>
#include <corogram/service/types/Server_DH_inner_data.hpp>
#include <corogram/service/types/Set_client_DH_params_answer.hpp>
#include <corogram/tl/codec.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace corogram::mtproto::detail {
namespace {

/// A decoded reply and how much of the body it took.
template <class T>
struct reply {
  tl::decoded<T> object;
  std::size_t size;
};

/// Reads an unencrypted reply. Real servers let random bytes follow it.
//= DIV-03
template <class T>
core::result<reply<T>> read_reply(core::byte_view body) {
  std::size_t size = 0;
  COROGRAM_TRY(auto object, tl::decode_view<T>(body, &size));
  if (!is_canonical(*object, body.first(size)))
    return core::error(errc::not_canonical, 0, "zeros as padding and the short form of strings");
  return reply<T>{std::move(object), size};
}

//= AK-09
//= SEC-03
template <class T>
core::result<void> check_nonces(const T& object, const tl::int128& nonce,
                                const tl::int128& server_nonce) {
  if (!same_nonce(object.nonce, nonce))
    return core::error(errc::nonce_mismatch, core::error::no_offset, "the nonce of this run");
  if (!same_nonce(object.server_nonce, server_nonce))
    return core::error(errc::nonce_mismatch, core::error::no_offset,
                       "the server_nonce of this run");
  return {};
}

/// The shortest big-endian form.
core::byte_buffer big_endian(std::uint64_t number) {
  std::array<core::byte, 8> bytes;
  core::store_be(bytes.data(), number);
  return {std::ranges::find_if(bytes, [](core::byte b) { return b != 0; }), bytes.end()};
}

std::optional<std::uint64_t> from_big_endian(core::byte_view bytes) {
  if (bytes.empty() || bytes.size() > 8) return std::nullopt;
  std::uint64_t number = 0;
  for (const core::byte b : bytes) number = number << 8 | b;
  return number;
}

/// Pre: a check has found the number to have at most 256 bytes, leading zeros aside.
std::array<core::byte, crypto::dh_size> padded(core::byte_view number) {
  std::array<core::byte, crypto::dh_size> bytes{};
  const std::size_t size = std::min(number.size(), bytes.size());
  std::ranges::copy(number.last(size), bytes.end() - static_cast<std::ptrdiff_t>(size));
  return bytes;
}

template <class Inner>
void fill_inner_data(Inner& inner, const awaiting_dh_params& state, core::byte_view pq,
                     core::byte_view p, core::byte_view q) {
  inner.pq = pq;
  inner.p = p;
  inner.q = q;
  inner.nonce = state.nonce;
  inner.server_nonce = state.server_nonce;
  // Not by assignment, which would leave a copy on the stack.
  std::ranges::copy(state.new_nonce.view(), inner.new_nonce.bytes);
}

/// Serialises without leaving copies of new_nonce behind.
template <class Inner>
core::secret_buffer seal_inner_data(Inner& inner) {
  core::byte_buffer bytes;
  bytes.reserve(2 * crypto::rsa_pad_padded_size);
  tl::encode(inner, bytes);
  core::wipe(inner.new_nonce.bytes);
  core::secret_buffer kept(bytes);
  core::wipe(bytes);
  return kept;
}

struct named_inner_data {
  std::string_view name;
  core::secret_buffer bytes;
};

named_inner_data make_inner_data(const awaiting_dh_params& state,
                                 const key_exchange_client_config& config, core::byte_view pq,
                                 core::byte_view p, core::byte_view q) {
  const auto expires_in =
      static_cast<std::int32_t>(config.expires_in.value_or(std::chrono::seconds(0)).count());
  if (config.dialect.old_inner_data && config.expires_in) {
    service::p_q_inner_data_temp inner;
    fill_inner_data(inner, state, pq, p, q);
    inner.expires_in = expires_in;
    return {"p_q_inner_data_temp", seal_inner_data(inner)};
  }
  if (config.dialect.old_inner_data) {
    service::p_q_inner_data inner;
    fill_inner_data(inner, state, pq, p, q);
    return {"p_q_inner_data", seal_inner_data(inner)};
  }
  //= AK-11
  //= PFS-01
  if (config.expires_in) {
    service::p_q_inner_data_temp_dc inner;
    fill_inner_data(inner, state, pq, p, q);
    inner.dc = config.dc;
    inner.expires_in = expires_in;
    return {"p_q_inner_data_temp_dc", seal_inner_data(inner)};
  }
  //= AK-10
  service::p_q_inner_data_dc inner;
  fill_inner_data(inner, state, pq, p, q);
  inner.dc = config.dc;
  return {"p_q_inner_data_dc", seal_inner_data(inner)};
}

/// What one attempt at step 7 consists of.
struct attempt {
  auth_key key;
  core::byte_buffer query;
};

/// Draws a new b, from which the key and the query follow.
core::result<attempt> make_attempt(const tl::int128& nonce, const tl::int128& server_nonce,
                                   const crypto::aes_key_iv& tmp_aes, std::int32_t g,
                                   core::byte_view prime, core::byte_view g_a,
                                   std::int64_t retry_id, core::random_source& random) {
  COROGRAM_TRY(const dh_pair own, make_dh_pair(g, prime, random));
  //= AK-43
  auth_key key(crypto::dh_pow(g_a, own.exponent.view(), prime));

  //= AK-39
  service::client_DH_inner_data inner;
  inner.nonce = nonce;
  inner.server_nonce = server_nonce;
  inner.retry_id = retry_id;
  inner.g_b = own.value.view();

  //= AK-42
  service::set_client_DH_params query;
  query.nonce = nonce;
  query.server_nonce = server_nonce;
  query.encrypted_data = hide(tl::encode(inner), tmp_aes, random);
  return attempt{std::move(key), tl::encode(query)};
}

std::string about_retry(std::int64_t retry_id) {
  return "g_b hidden under the nonces, retry_id " +
         (retry_id == 0 ? std::string("0") : core::wire_hex(retry_id));
}

}  // namespace

client_step<awaiting_res_pq> begin(const key_exchange_client_config& config,
                                   core::random_source& random) {
  //= AK-01
  awaiting_res_pq state{random.array<16>()};
  if (config.dialect.old_pq_query) {
    service::req_pq query;
    query.nonce = state.nonce;
    return {state, tl::encode(query), {}, {"req_pq", "a fresh nonce"}};
  }
  service::req_pq_multi query;
  query.nonce = state.nonce;
  return {state, tl::encode(query), {}, {"req_pq_multi", "a fresh nonce"}};
}

core::result<client_step<awaiting_dh_params>> on_res_pq(awaiting_res_pq state, core::byte_view body,
                                                        const key_exchange_client_config& config,
                                                        core::random_source& random) {
  if (tl::peek_id(body) != service::resPQ::tl_id)
    return core::error(errc::unexpected_message, 0, "resPQ");
  COROGRAM_TRY(const auto received, read_reply<service::resPQ>(body));
  const service::resPQ& res_pq = *received.object;
  if (!same_nonce(res_pq.nonce, state.nonce))
    return core::error(errc::nonce_mismatch, 4, "the nonce of this run");

  //= AK-06
  const auto& offered = res_pq.server_public_key_fingerprints;
  const auto key = std::ranges::find_if(config.keys, [&](const crypto::rsa_public_key& ours) {
    return std::ranges::find(offered, ours.fingerprint()) != offered.end();
  });
  if (key == config.keys.end())
    return core::error(errc::no_known_key, core::error::no_offset, "a fingerprint that we know");

  //= AK-03
  //= AK-07
  const std::optional<std::uint64_t> pq = from_big_endian(res_pq.pq);
  const auto factors = pq ? crypto::factorize(*pq) : std::nullopt;
  if (!factors || factors->p == factors->q)
    return core::error(errc::bad_pq, core::error::no_offset, "a product of two distinct primes");

  //= AK-08
  const core::byte_buffer p = big_endian(factors->p);
  const core::byte_buffer q = big_endian(factors->q);

  //= AK-14
  awaiting_dh_params next{state.nonce, res_pq.server_nonce, {}};
  random.fill(next.new_nonce.span());
  const named_inner_data inner = make_inner_data(next, config, res_pq.pq, p, q);
  COROGRAM_TRY(const auto encrypted,
               config.dialect.old_rsa_scheme
                   ? crypto::rsa_sha1_encrypt(*key, inner.bytes.view(), random)
                   : crypto::rsa_pad_encrypt(*key, inner.bytes.view(), random));

  //= AK-23
  service::req_DH_params query;
  query.nonce = next.nonce;
  query.server_nonce = next.server_nonce;
  query.p = p;
  query.q = q;
  query.public_key_fingerprint = key->fingerprint();
  query.encrypted_data = encrypted;

  remark about_reply{"resPQ", "nonce equal, " + std::to_string(offered.size()) +
                                  (offered.size() == 1 ? " fingerprint" : " fingerprints") +
                                  ", ours is " + core::wire_hex(key->fingerprint()) +
                                  ", pq = " + std::to_string(*pq) + " = " +
                                  std::to_string(factors->p) + " * " + std::to_string(factors->q)};
  remark about_query{
      "req_DH_params",
      std::string(inner.name) + " under " +
          (config.dialect.old_rsa_scheme ? "RSA with SHA1" : "RSA_PAD") +
          (config.dialect.old_inner_data ? std::string()
                                         : ", for data centre " + std::to_string(config.dc))};
  return client_step<awaiting_dh_params>{std::move(next), tl::encode(query), std::move(about_reply),
                                         std::move(about_query), received.size};
}

core::result<client_step<awaiting_answer>> on_dh_params(awaiting_dh_params state,
                                                        core::byte_view body,
                                                        const key_exchange_client_config& config,
                                                        core::random_source& random,
                                                        core::instant now) {
  //= DIV-06
  //= SCH-08
  if (tl::peek_id(body) == service::server_DH_params_fail::tl_id) {
    COROGRAM_TRY(const auto received, read_reply<service::server_DH_params_fail>(body));
    COROGRAM_CHECK(check_nonces(*received.object, state.nonce, state.server_nonce));
    const crypto::sha1_digest digest = crypto::sha1(state.new_nonce.view());
    if (!same_nonce(received.object->new_nonce_hash, core::byte_view(digest).subspan(4)))
      return errc::new_nonce_hash_mismatch;
    return errc::key_refused;
  }
  //= AK-27
  if (tl::peek_id(body) != service::server_DH_params_ok::tl_id)
    return core::error(errc::unexpected_message, 0, "server_DH_params_ok");
  COROGRAM_TRY(const auto received, read_reply<service::server_DH_params_ok>(body));
  COROGRAM_CHECK(check_nonces(*received.object, state.nonce, state.server_nonce));

  //= AK-30
  //= AK-31
  crypto::aes_key_iv tmp_aes =
      crypto::derive_tmp_aes(state.new_nonce.view(), state.server_nonce.view());
  COROGRAM_TRY(const core::secret_buffer answer,
               reveal(received.object->encrypted_answer, tmp_aes));
  //= AK-28
  COROGRAM_TRY(const auto inner, tl::decode_view<service::server_DH_inner_data>(answer.view()));
  COROGRAM_CHECK(check_nonces(*inner, state.nonce, state.server_nonce));

  //= AK-33
  //= AK-34
  //= AK-35
  //= SEC-01
  COROGRAM_CHECK(config.primes != nullptr
                     ? crypto::check_dh_group(inner->g, inner->dh_prime, *config.primes)
                     : crypto::check_dh_group(inner->g, inner->dh_prime));
  //= AK-36
  //= AK-37
  COROGRAM_CHECK(crypto::check_dh_public(inner->g_a, inner->dh_prime));
  const auto prime = padded(inner->dh_prime);
  const auto g_a = padded(inner->g_a);

  //= AK-40
  constexpr std::int64_t first_retry_id = 0;
  COROGRAM_TRY(attempt made, make_attempt(state.nonce, state.server_nonce, tmp_aes, inner->g, prime,
                                          g_a, first_retry_id, random));
  //= AK-50
  const std::chrono::nanoseconds offset = from_wire_time(inner->server_time) - now.wall;

  remark about_reply{
      "server_DH_params_ok",
      std::string("nonces equal outside and inside, SHA1 of the answer right, ") +
          (core::equal(prime, crypto::known_prime()) ? "the known safe prime" : "a safe prime") +
          ", g = " + std::to_string(inner->g) + " fits it, g_a within its range, server clock " +
          std::to_string(std::chrono::duration_cast<std::chrono::seconds>(offset).count()) +
          " s ahead of ours"};
  return client_step<awaiting_answer>{
      awaiting_answer{state.nonce, state.server_nonce, std::move(state.new_nonce),
                      std::move(tmp_aes), inner->g, prime, g_a, offset, now, 0,
                      std::move(made.key)},
      std::move(made.query), std::move(about_reply),
      remark{"set_client_DH_params", about_retry(first_retry_id)}, received.size};
}

namespace {

/// Takes one of the three answers apart, if the body is it, and checks it. The hash is that of this
/// very answer, so an ok that somebody has relabelled is noticed.
template <class Answer>
core::result<std::size_t> check_answer(core::byte_view body, const awaiting_answer& state,
                                       hash_number number, tl::int128 Answer::* hash) {
  COROGRAM_TRY(const auto received, read_reply<Answer>(body));
  COROGRAM_CHECK(check_nonces(*received.object, state.nonce, state.server_nonce));
  //= AK-47
  const tl::int128 expected = new_nonce_hash(state.new_nonce.view(), number, state.key);
  if (!same_nonce((*received.object).*hash, expected))
    return core::error(errc::new_nonce_hash_mismatch, 36, "the hash of this answer");
  return received.size;
}

key_exchange_result make_result(awaiting_answer state, const key_exchange_client_config& config) {
  //= AK-49
  const std::int64_t salt = first_salt(state.new_nonce.view(), state.server_nonce);
  std::optional<key_expiry> expiry;
  if (config.expires_in) {
    //= PFS-03
    expiry = {state.begun.steady + *config.expires_in,
              to_wire_time(state.begun.wall + state.server_time_offset + *config.expires_in)};
  }
  return {std::move(state.key), salt, state.server_time_offset, expiry};
}

}  // namespace

core::result<after_answer> on_answer(awaiting_answer state, core::byte_view body,
                                     const key_exchange_client_config& config,
                                     core::random_source& random) {
  const auto id = tl::peek_id(body);
  if (id == service::dh_gen_ok::tl_id) {
    COROGRAM_CHECK(
        check_answer(body, state, hash_number::ok, &service::dh_gen_ok::new_nonce_hash1));
    std::string about =
        "nonces equal, new_nonce_hash1 right, auth_key_id is " + core::wire_hex(state.key.id());
    return after_answer(client_success{make_result(std::move(state), config),
                                       remark{"dh_gen_ok", std::move(about)}});
  }
  if (id == service::dh_gen_retry::tl_id) {
    COROGRAM_TRY(const std::size_t size, check_answer(body, state, hash_number::retry,
                                                      &service::dh_gen_retry::new_nonce_hash2));
    if (state.retries == config.retries) return errc::too_many_attempts;
    //= AK-40
    const std::int64_t retry_id = state.key.aux_hash();
    // Official clients end the run here; the text has it go on.
    //= AK-48
    //= DIV-04
    COROGRAM_TRY(attempt made, make_attempt(state.nonce, state.server_nonce, state.tmp_aes, state.g,
                                            state.prime, state.g_a, retry_id, random));
    ++state.retries;
    state.key = std::move(made.key);
    return after_answer(client_step<awaiting_answer>{
        std::move(state), std::move(made.query),
        remark{"dh_gen_retry", "nonces equal, new_nonce_hash2 right, a new b is wanted"},
        remark{"set_client_DH_params", about_retry(retry_id)}, size});
  }
  if (id == service::dh_gen_fail::tl_id) {
    COROGRAM_CHECK(
        check_answer(body, state, hash_number::fail, &service::dh_gen_fail::new_nonce_hash3));
    return errc::key_refused;
  }
  return core::error(errc::unexpected_message, 0, "dh_gen_ok, dh_gen_retry or dh_gen_fail");
}

}  // namespace corogram::mtproto::detail
