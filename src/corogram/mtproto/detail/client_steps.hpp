#pragma once

// The key exchange as the client goes through it: a chain of steps. Each takes the state that the
// one before has left and a reply, and gives the next state and the next query, or the error that
// ends the run. A state exists only between its two steps; its secrets are wiped with it.
//
//   begin              -> awaiting_res_pq,    req_pq_multi
//   on_res_pq          -> awaiting_dh_params, req_DH_params
//   on_dh_params       -> awaiting_answer,    set_client_DH_params
//   on_answer          -> the result, or after dh_gen_retry awaiting_answer, set_client_DH_params
//
// Randomness is drawn in this order: nonce; new_nonce, what the RSA scheme needs; for each attempt
// b, the padding of the hidden data.

#include <corogram/core/bytes.hpp>
#include <corogram/core/clock.hpp>
#include <corogram/core/random.hpp>
#include <corogram/core/result.hpp>
#include <corogram/core/secret.hpp>
#include <corogram/crypto/dh.hpp>
#include <corogram/crypto/kdf.hpp>
#include <corogram/mtproto/auth_key.hpp>
#include <corogram/mtproto/key_exchange_client.hpp>
#include <corogram/tl/int128.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace corogram::mtproto::detail {

struct awaiting_res_pq {
  tl::int128 nonce;
};

struct awaiting_dh_params {
  tl::int128 nonce;
  tl::int128 server_nonce;
  core::secret_array<32> new_nonce;
};

struct awaiting_answer {
  tl::int128 nonce;
  tl::int128 server_nonce;
  core::secret_array<32> new_nonce;
  crypto::aes_key_iv tmp_aes;
  std::int32_t g = 0;
  std::array<core::byte, crypto::dh_size> prime{};
  std::array<core::byte, crypto::dh_size> g_a{};
  std::chrono::nanoseconds server_time_offset{};
  /// When the DH values arrived: no later than the birth of the key.
  core::instant begun;
  int retries = 0;
  /// The key that it will be if the server says ok.
  auth_key key;
};

/// What is reported of a message (key_exchange_stage).
struct remark {
  std::string_view name;
  std::string what;
};

template <class State>
struct client_step {
  State state;
  /// The serialised query that leads out of the state.
  core::byte_buffer query;
  /// Of the reply that led here. Empty in the first step.
  remark received;
  remark sent;
  /// How much of the reply's body was the object.
  std::size_t object_size = 0;
};

struct client_success {
  key_exchange_result result;
  remark received;
};

using after_answer = std::variant<client_step<awaiting_answer>, client_success>;

client_step<awaiting_res_pq> begin(const key_exchange_client_config& config,
                                   core::random_source& random);

/// Errors: those of tl; errc::unexpected_message, not_canonical, nonce_mismatch, no_known_key,
/// bad_pq; crypto::errc::unusable_randomness.
core::result<client_step<awaiting_dh_params>> on_res_pq(awaiting_res_pq state, core::byte_view body,
                                                        const key_exchange_client_config& config,
                                                        core::random_source& random);

/// Errors: those of tl; errc::unexpected_message, not_canonical, nonce_mismatch, hash_mismatch,
/// key_refused, new_nonce_hash_mismatch; those of crypto::check_dh_group and check_dh_public;
/// crypto::errc::unusable_randomness.
core::result<client_step<awaiting_answer>> on_dh_params(awaiting_dh_params state,
                                                        core::byte_view body,
                                                        const key_exchange_client_config& config,
                                                        core::random_source& random,
                                                        core::instant now);

/// Errors: those of tl; errc::unexpected_message, nonce_mismatch, new_nonce_hash_mismatch,
/// key_refused, too_many_attempts; crypto::errc::unusable_randomness.
core::result<after_answer> on_answer(awaiting_answer state, core::byte_view body,
                                     const key_exchange_client_config& config,
                                     core::random_source& random);

}  // namespace corogram::mtproto::detail
