#pragma once

// What both sides of the key exchange have in common.
//
//   client                                   server
//     req_pq_multi {nonce}              -->
//                                       <--  resPQ {.., server_nonce, pq, fingerprints}
//     req_DH_params {.., p, q,
//       RSA(new_nonce ..)}              -->
//                                       <--  server_DH_params_ok {.., AES(g, dh_prime, g_a, time)}
//     set_client_DH_params {..,
//       AES(retry_id, g_b)}             -->
//                                       <--  dh_gen_ok | dh_gen_retry | dh_gen_fail {.., hash}
//
// All of it in unencrypted messages; "..": nonce and server_nonce, in every message from resPQ on.
// Spec: https://core.telegram.org/mtproto/auth_key

#include <corogram/core/clock.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace corogram::mtproto {

/// One message of an exchange was received and found right, or one was made: for demonstrations and
/// logs. Never holds secrets.
struct key_exchange_stage {
  /// The TL name of the message ("resPQ"). Lifetime: static storage.
  std::string_view name;
  /// What was checked in it, or what went into it, in words.
  std::string what;
  core::instant at;
};

/// What a client says that older clients say differently. The standard is the current text; the
/// rest is what clients in the field still send, for the conformance checks of servers.
struct key_exchange_dialect {
  /// req_pq instead of req_pq_multi (AK-56).
  bool old_pq_query = false;
  /// p_q_inner_data and p_q_inner_data_temp, which do not name the data centre (AK-13).
  bool old_inner_data = false;
  /// SHA1(data) + data + random instead of RSA_PAD (DIV-07).
  bool old_rsa_scheme = false;
};

/// wire_dc is the number by which the inner data (and the header of an obfuscated connection) names
/// a data centre: 10000 more for a test one, negated for one that serves media and is no CDN.
//= AK-12
[[nodiscard]] constexpr std::int32_t wire_dc(std::int32_t dc, bool test, bool media) noexcept {
  const std::int32_t number = test ? dc + 10000 : dc;
  return media ? -number : number;
}

/// When a temporary key ends.
struct key_expiry {
  /// On this machine's monotonic clock.
  core::deadline deadline{};
  /// Units: seconds since 1970-01-01 UTC by the server's clock, as auth.bindTempAuthKey wants it.
  std::int32_t expires_at = 0;
};

}  // namespace corogram::mtproto
