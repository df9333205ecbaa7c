#pragma once

// What can go wrong between two MTProto peers, and what the layer's own machines give up over.

#include <corogram/core/error.hpp>

namespace corogram::mtproto {

/// The failures of this layer. Category "corogram.mtproto".
enum class errc {
  // Unencrypted messages.
  /// The packet's auth_key_id is not 0: it is no unencrypted message.
  not_plain = 1,
  /// The message id has the wrong two low bits for its sender, or is empty.
  bad_message_id,
  /// A length field does not fit the packet, or is not a multiple of 4.
  bad_message_length,
  /// The message is of a type that has no place here, or none at this point of the exchange.
  unexpected_message,
  /// An object is readable but not written in the one way that the specification has for it.
  not_canonical,

  // Key exchange.
  /// A nonce is not the one of this run.
  nonce_mismatch,
  /// The server offers no RSA key that we know.
  no_known_key,
  /// pq is not a product of two primes below 2^63, or p and q are not its factors.
  bad_pq,
  /// The hash over decrypted data is not that of the data.
  hash_mismatch,
  /// The new_nonce_hash is not the one that belongs to this answer.
  new_nonce_hash_mismatch,
  /// A temporary key is asked for that would not live a second.
  bad_lifetime,
  /// The retry_id is not the one that the run has come to.
  bad_retry_id,
  /// The server gave the run up (dh_gen_fail, or the retired server_DH_params_fail).
  key_refused,
  /// The data centre id is not one of this server (transport error -444).
  wrong_dc,
  /// The exchange was begun or repeated as often as the configuration allows.
  too_many_attempts,
  /// The other side did not answer within the time that the configuration allows.
  timed_out,
  /// The other side sent a transport error that ends the exchange.
  transport_error,

  // Binding of temporary keys.
  /// The hidden message of auth.bindTempAuthKey does not fit its call or its keys.
  bad_binding,

  // Messages of a session.
  /// An encrypted packet fails its checks; which of them is nobody's business (SEC-08).
  bad_packet,
  /// No key has this auth_key_id.
  unknown_key,
  /// The session id is not ours.
  wrong_session,
  /// The message came before.
  duplicate_message,
  /// The message is older than all that are remembered, so whether it came before is not known.
  message_too_old,
  /// The time in the message id is too far from the clock.
  bad_message_time,
  /// The salt is not one of those that are good now.
  bad_salt,
  /// The sequence number does not fit the message, or those of its neighbours.
  bad_sequence_number,
  /// A container that holds a container, newer messages than itself, or lengths that do not add up.
  bad_container,
  /// A container or a list of message ids is longer than is allowed.
  too_many_elements,
  /// A packed object that may not be packed, or is packed twice.
  bad_packing,

  // What becomes of a call.
  /// As many calls are under way as the configuration allows.
  too_many_requests,
  /// The call does not fit a message.
  message_too_long,
  /// The server has refused the call again and again.
  not_repairable,
  /// The session had to be left while the server may have been processing the call.
  outcome_unknown,

  // Connections and sessions of a server.
  /// A peer has filled what it may fill: sessions, queues, running calls, connections.
  limit_exceeded,
};

/// mtproto_category is the category of `errc`.
const std::error_category& mtproto_category() noexcept;

inline std::error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), mtproto_category()};
}

}  // namespace corogram::mtproto

template <>
struct std::is_error_code_enum<corogram::mtproto::errc> : std::true_type {};
