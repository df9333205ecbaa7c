#pragma once

// The key exchange as the server goes through it: a chain of steps. Each takes the state of the run
// that the one before has left and a query, and gives the next state and the reply, or the error
// that ends the run. A state exists only between its two steps; its secrets are wiped with it.
//
//   begin_run                 -> pq_sent, resPQ
//   on_req_DH_params          -> dh_sent, server_DH_params_ok
//   on_set_client_DH_params   -> dh_sent with a key that may be one
//   answer_ok, answer_retry, answer_fail
//                             -> nothing | dh_sent | nothing, and dh_gen_ok | _retry | _fail
//
// Randomness is drawn in this order: server_nonce, 4 bytes for each prime that is tried; a, the
// padding of the hidden data.

#include <corogram/core/bytes.hpp>
#include <corogram/core/clock.hpp>
#include <corogram/core/random.hpp>
#include <corogram/core/result.hpp>
#include <corogram/core/secret.hpp>
#include <corogram/crypto/dh.hpp>
#include <corogram/crypto/kdf.hpp>
#include <corogram/mtproto/auth_key.hpp>
#include <corogram/mtproto/key_exchange_server.hpp>
#include <corogram/mtproto/policy.hpp>
#include <corogram/service/functions/req_DH_params.hpp>
#include <corogram/service/functions/set_client_DH_params.hpp>
#include <corogram/tl/int128.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace corogram::mtproto::detail {

/// What a run is known by.
struct run_nonces {
  tl::int128 nonce;
  tl::int128 server_nonce;
};

struct pq_sent {
  std::array<core::byte, 8> pq;
  std::array<core::byte, 4> p;
  std::array<core::byte, 4> q;
};

struct dh_sent {
  core::secret_array<32> new_nonce;
  crypto::aes_key_iv tmp_aes;
  core::secret_array<crypto::dh_size> a;
  /// Set: the client wants a temporary key.
  std::optional<std::chrono::seconds> expires_in;
  int retries = 0;
  /// 0, or the aux hash of the key that was refused.
  std::int64_t retry_id = 0;
};

template <class State>
struct server_step {
  State state;
  /// The serialised reply.
  core::byte_buffer reply;
  /// What was checked in the query, in words.
  std::string received;
};

struct begun_run {
  run_nonces nonces;
  pq_sent state;
  core::byte_buffer reply;
};

/// The outcome of step 7 so far. The state is as before, but that its key is known.
struct key_candidate {
  dh_sent state;
  auth_key key;
  std::string received;
};

/// begin_run answers req_pq_multi, or with `old_query` req_pq.
begun_run begin_run(const tl::int128& nonce, bool old_query,
                    const key_exchange_server_config& config, core::random_source& random);

/// Errors: errc::bad_pq, no_known_key, nonce_mismatch, bad_lifetime, wrong_dc (the one that is
/// answered by -444), unexpected_message (refused by the policy); crypto::errc::decryption_failed;
/// those of tl.
core::result<server_step<dh_sent>> on_req_DH_params(pq_sent state, const run_nonces& nonces,
                                                    const service::req_DH_params& query,
                                                    const key_exchange_server_config& config,
                                                    const violation_sink& violations,
                                                    core::random_source& random, core::instant now);

/// Errors: errc::hash_mismatch, nonce_mismatch, bad_retry_id; those of crypto::check_dh_public;
/// those of tl.
core::result<key_candidate> on_set_client_DH_params(dh_sent state, const run_nonces& nonces,
                                                    const service::set_client_DH_params& query);

/// The three answers. answer_retry makes the state wait for the next attempt.
core::byte_buffer answer_ok(const dh_sent& state, const run_nonces& nonces, const auth_key& key);
core::byte_buffer answer_retry(dh_sent& state, const run_nonces& nonces, const auth_key& key);
core::byte_buffer answer_fail(const dh_sent& state, const run_nonces& nonces, const auth_key& key);

}  // namespace corogram::mtproto::detail
