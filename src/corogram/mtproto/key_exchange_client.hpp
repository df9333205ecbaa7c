#pragma once

// The client's side of the key exchange as a pure machine: packets and time in, packets and one
// outcome out. The exchange itself, a chain of steps each of which consumes the state that the last
// one left, is in detail/client_steps.hpp; what is here repeats lost queries, starts over
// where the server wants it, and gives up in the end.
//
//   idle --start--> awaiting_res_pq --> awaiting_dh_params --> awaiting_answer --> finished
//                        ^                     |                  |   |  ^
//                        '-------- -404 -------'------------------'   '--' dh_gen_retry

#include <corogram/core/bytes.hpp>
#include <corogram/core/clock.hpp>
#include <corogram/core/random.hpp>
#include <corogram/core/result.hpp>
#include <corogram/crypto/dh.hpp>
#include <corogram/crypto/rsa.hpp>
#include <corogram/mtproto/auth_key.hpp>
#include <corogram/mtproto/key_exchange.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace corogram::mtproto {

struct key_exchange_client_config {
  key_exchange_client_config() = default;

  /// The servers' public keys that the client trusts.
  std::vector<crypto::rsa_public_key> keys;
  /// As wire_dc() makes it.
  std::int32_t dc = 2;
  /// Set: a temporary key that lives so long. Absent: a permanent one.
  std::optional<std::chrono::seconds> expires_in;
  key_exchange_dialect dialect;
  /// How long to wait for a reply before the same query is sent again.
  std::chrono::nanoseconds reply_timeout = std::chrono::seconds(5);
  /// How often one query is sent, the first time included, before the exchange has timed out.
  int sends = 3;
  /// How often the exchange is begun, the first time included (each -404 costs one).
  int runs = 3;
  /// How many dh_gen_retry one run takes.
  int retries = 5;
  /// Whether other primes than the known one are safe, from exchange to exchange (AK-35).
  /// Lifetime: that of the machine. May be null.
  crypto::dh_prime_cache* primes = nullptr;
};

/// What a finished exchange leaves behind.
struct key_exchange_result {
  auth_key key;
  /// The first salt of the key (AK-49).
  std::int64_t server_salt = 0;
  /// The server's clock minus ours, to be added to `instant::wall` for message ids (AK-50). The
  /// server gives whole seconds, so it is right to about one second plus the way of the reply.
  std::chrono::nanoseconds server_time_offset{};
  /// Only of a temporary key.
  std::optional<key_expiry> expiry;
};

/// Negotiates one authorization key.
/// Errors: the outcome is final and one of core::errc (a malformed reply), crypto::errc (DH values
/// that may not be used), the codes under "Unencrypted messages" and "Key exchange" of
/// mtproto::errc, or what tl says of a reply that it cannot read. After any of them nothing more is
/// sent; the connection should be closed and a new machine be used on a new one (SEC-17).
/// Lifetime: `random` must outlive the machine. Threads: not safe.
class key_exchange_client {
 public:
  key_exchange_client(key_exchange_client_config config, core::random_source& random);
  ~key_exchange_client();
  key_exchange_client(key_exchange_client&&) = delete;
  key_exchange_client& operator=(key_exchange_client&&) = delete;

  /// start makes the first query. Pre: not called before.
  void start(core::instant now);

  /// handle_packet takes one packet from the server, unencrypted as it came. Where a session shares
  /// the connection, is_plain() tells whose packet it is.
  void handle_packet(core::byte_view packet, core::instant now);

  /// handle_transport_error takes the negative number of the wire: -404 starts over, -444 means a
  /// wrong data centre id, and any other ends the exchange too.
  void handle_transport_error(std::int32_t code, core::instant now);

  /// handle_reconnected has the current query sent once more, over a connection that replaces a
  /// broken one.
  void handle_reconnected(core::instant now);

  /// poll_transmit replaces `packet` by the next one to send, if there is one. To be called until
  /// it returns false, after each call of a handle_ function.
  [[nodiscard]] bool poll_transmit(core::byte_buffer& packet);

  /// poll_deadline says when to call handle_timeout. Nothing: when there is nothing to wait for.
  [[nodiscard]] std::optional<core::deadline> poll_deadline() const;
  void handle_timeout(core::instant now);

  /// poll_stage returns what was done and checked, in order.
  [[nodiscard]] std::optional<key_exchange_stage> poll_stage();

  /// is_finished says whether there is, or was, an outcome.
  [[nodiscard]] bool is_finished() const;

  /// poll_outcome hands the outcome over, once.
  [[nodiscard]] std::optional<core::result<key_exchange_result>> poll_outcome();

 private:
  struct machine;
  std::unique_ptr<machine> machine_;
};

}  // namespace corogram::mtproto
