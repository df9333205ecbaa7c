#pragma once

// How strict a server is with what a peer must not do and real clients do all the same. Each such
// deviation is one rule, checked at one place; whoever runs the server says what follows from it.

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace corogram::mtproto {

/// What happens when a peer breaks a rule.
enum class strictness {
  /// It is refused, as the specification has it, and reported.
  strict,
  /// It passes in silence.
  lax,
  /// It passes and is reported.
  record,
};

/// The rules that real clients break. One enumerator, one row in policy.cpp, one check in the code.
enum class rule {
  // Key exchange.
  /// AK-58: the message id of an unencrypted query is divisible by 4 and its low word is not empty.
  plain_message_id,
  /// DESC-05: an unencrypted query ends where its object ends.
  plain_trailing_bytes,
  /// SER-06: strings of an unencrypted query are in their shortest form, padded with zeros.
  plain_encoding,
  /// AK-01: the exchange begins with req_pq_multi, not with the older req_pq.
  current_pq_query,
  /// AK-10, AK-11: the inner data names the data centre.
  inner_data_names_dc,
  /// AK-15..21: the inner data is encrypted by RSA_PAD, not by the older SHA1 scheme.
  rsa_pad,
  /// AK-12: the data centre of the inner data, its sign aside, is the one of this server.
  dc_number,
  /// AK-26: the inner data says "test" to test servers, and to them alone.
  dc_environment,

  // Messages of a session.
  /// DESC-40: packets are encrypted by MTProto 2.0. Others cannot be let pass, only be passed over.
  encryption_version,
  /// DESC-12: a client's message id is divisible by 4 (code 18).
  message_id_low_bits,
  /// DESC-16: the low word of a message id is not 0.
  message_id_fraction,
  /// DESC-17: the time in a message id is near enough to the clock (codes 16 and 17).
  message_time,
  /// SMM-13: a container has an id of its own (code 19).
  container_id,
  /// SMM-14: a message is not older than all that are remembered (code 20).
  message_window,
  /// SMM-15, SMM-16: sequence numbers rise as ids do (codes 32 and 33).
  sequence_order,
  /// SMM-17: msgs_ack, msg_container and msg_copy have even sequence numbers (code 34).
  even_sequence,
  /// SMM-18: an API call has an odd sequence number (code 35).
  odd_sequence,
  /// SMM-19: the salt is one of those that are good now (code 48).
  salt,
  /// SMM-19: and it is not 0, as of clients that know none (code 48).
  zero_salt,
  /// SM-34: a container is newer than what it contains (code 64).
  container_order,
  /// SM-37: a container holds at most 1024 messages (-429).
  container_size,
  /// SMM-03: a list of message ids holds at most 8192 (-429).
  id_list_size,
  /// SM-43: a packed object is packed by gzip, not by zlib.
  gzip_wrapper,
  /// SM-45: service messages are not packed.
  packed_service_message,
  /// SM-42: msg_copy is retired.
  message_copy,
  /// SM-47: http_wait is for HTTP only.
  http_wait_elsewhere,
  /// SM-12: get_future_salts asks for 1 to 64 salts.
  future_salts_count,
  /// SM-23: destroy_session does not name the session that it is sent in.
  destroy_own_session,

  // Calls.
  /// INV-14: invokeAfterMsg and invokeAfterMsgs are the outermost wrappers.
  after_outermost,
  /// INV-03: invokeWithLayer comes with initConnection.
  layer_with_init,
  /// INV-03: the layer is one that the server knows.
  known_layer,
  /// INV-01: the first call under a key is wrapped in invokeWithLayer and initConnection.
  connection_inited,
};

/// One row of the table of rules.
struct rule_info {
  rule which;
  /// As configuration files and reports spell it.
  std::string_view name;
  /// The requirement that the rule enforces.
  std::string_view requirement;
  /// What applies when nobody has said anything.
  strictness standard;
};

/// rules lists every rule, in the order of the enumeration.
std::span<const rule_info> rules() noexcept;

/// info returns the row of `which`.
const rule_info& info(rule which) noexcept;

/// rule_by_name finds the rule that is spelled `name`.
std::optional<rule> rule_by_name(std::string_view name) noexcept;

/// A rule was broken. Never holds secrets.
struct violation {
  rule which{};
  /// What the peer did, in words.
  std::string what;
  /// Whether the server refused it (strict) or let it pass (record).
  bool refused = false;
};

/// Receives violations as they are found. Empty: nobody listens.
using violation_sink = std::function<void(violation)>;

/// The strictness of every rule. A value: copies freely.
class policy {
 public:
  /// Every rule at its standard.
  policy() noexcept;
  /// Every rule at `all`.
  explicit policy(strictness all) noexcept;

  policy& set(rule which, strictness how) noexcept;
  [[nodiscard]] strictness of(rule which) const noexcept;

  /// admits says whether a peer that broke `which` may go on, and reports to `sink` what is to be
  /// reported. `what` is text for people, see violation::what.
  [[nodiscard]] bool admits(rule which, std::string_view what, const violation_sink& sink) const;

 private:
  static constexpr std::size_t capacity = 64;
  std::array<strictness, capacity> strictness_{};
};

}  // namespace corogram::mtproto
