#pragma once

// The server's side of the key exchange as a pure machine. One machine serves all connections: a
// run is known by its nonces and by nothing else, so that it survives a reconnect, and any number
// of runs may be interleaved on one connection.
//
//   (none) --req_pq, req_pq_multi--> pq_sent --req_DH_params--> dh_sent --set_client_DH_params-->
//   done; dh_gen_retry stays in dh_sent. The query that led to a state may be repeated in it and
//   gets the same reply; anything else that is wrong ends the run and gets -404, now and later.

#include <corogram/core/bytes.hpp>
#include <corogram/core/clock.hpp>
#include <corogram/core/random.hpp>
#include <corogram/core/result.hpp>
#include <corogram/crypto/rsa.hpp>
#include <corogram/mtproto/auth_key_store.hpp>
#include <corogram/mtproto/key_exchange.hpp>
#include <corogram/mtproto/policy.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

namespace corogram::mtproto {

/// How set_client_DH_params is answered.
enum class dh_answer { ok, retry, fail };

struct key_exchange_server_config {
  key_exchange_server_config() = default;

  /// The server's keys, in the order in which resPQ offers them. At least one.
  std::vector<crypto::rsa_private_key> keys;
  /// The number of the data centre, without marks, and whether it is a test one.
  std::int32_t dc = 2;
  bool test_dc = false;
  policy strictness;
  /// Append 0..31 random words to the replies, counted in their length, as real servers do
  /// (DIV-03).
  bool random_tails = false;
  /// How long a run is remembered, from its first query on. The specification allows 10 minutes.
  std::chrono::nanoseconds memory = std::chrono::minutes(10);
  /// How many runs are remembered, and how many of them may be one peer's. Of more, the oldest is
  /// forgotten: the peer's, or that of the peer who has the most.
  std::size_t max_runs = 4096;
  std::size_t max_runs_per_peer = 16;
  /// After so many dh_gen_retry the run ends with dh_gen_fail.
  int max_retries = 5;
  /// Report stages, too.
  bool report_stages = false;
};

/// No packet but a transport error is the answer.
struct key_exchange_refusal {
  /// The negative number of the wire: -404 or -444.
  std::int32_t code = -404;
  /// Why, for logs. The peer does not learn it.
  core::error why;
};

using key_exchange_reply = std::variant<core::byte_buffer, key_exchange_refusal>;

/// A key was agreed on and is in the store.
struct key_agreed {
  std::int64_t auth_key_id = 0;
  /// Only of a temporary key.
  std::optional<key_expiry> expiry;
};

using key_exchange_event = std::variant<key_exchange_stage, key_agreed, violation>;

/// Agrees on authorization keys with any number of clients, and puts them into the store. How many
/// keys that may hold is for its owner to say, by not asking for more.
/// Lifetime: `keys` and `random` must outlive the machine. Threads: not safe.
class key_exchange_server {
 public:
  key_exchange_server(key_exchange_server_config config, auth_key_store& keys,
                      core::random_source& random);
  ~key_exchange_server();
  key_exchange_server(key_exchange_server&&) = delete;
  key_exchange_server& operator=(key_exchange_server&&) = delete;

  /// handle_packet answers one unencrypted packet at once. Every packet gets an answer; what is
  /// none of the four queries of the key exchange gets -404 (DESC-06). `peer` tells whose share of
  /// the memory a run takes, and nothing else: a connection, as a rule.
  [[nodiscard]] key_exchange_reply handle_packet(core::byte_view packet, core::instant now,
                                                 std::uint64_t peer = 0);

  /// poll_event returns what has happened, in order. To be called until there is nothing.
  [[nodiscard]] std::optional<key_exchange_event> poll_event();

  /// poll_deadline says when to call handle_timeout, which forgets runs.
  [[nodiscard]] std::optional<core::deadline> poll_deadline() const;
  void handle_timeout(core::instant now);

  /// force_answers has the next set_client_DH_params that are in order answered so, one by one; the
  /// keys that they would have made are dropped. It replaces what was forced before and not used
  /// up. For tests and for the conformance of clients.
  void force_answers(const std::vector<dh_answer>& answers);

  /// runs counts the runs that are remembered.
  [[nodiscard]] std::size_t runs() const;

 private:
  struct machine;
  std::unique_ptr<machine> machine_;
};

}  // namespace corogram::mtproto
