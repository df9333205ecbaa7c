#pragma once

// The hellos of fake TLS: what looks like the opening of a TLS 1.3 connection to a web site proves
// to each end that the other knows the proxy's secret.
//
//   ClientHello, one record of n + 5 bytes
//     0    16 03 01 n n          5    01 n n n 03 03       11   random, 32 bytes
//     43   20                    44   session id, 32 bytes  76   cipher suites, extensions
//   random = HMAC-SHA256(secret, the record with 32 zeros for random), its last 4 bytes XORed with
//   the time, in seconds since 1970, little-endian
//
//   Answer, three records
//     ServerHello of 127 bytes, its random again at 11   14 03 03 00 01 01   17 03 03 n n noise
//   random = HMAC-SHA256(secret, the client's random, the three records with zeros for random)
//
// Nothing of this is documented officially: the rows PROXY-12 to PROXY-31 follow the reference
// proxy, and DIV-33 says where others differ.

#include <corogram/core/bytes.hpp>
#include <corogram/core/clock.hpp>
#include <corogram/core/random.hpp>
#include <corogram/core/result.hpp>
#include <corogram/transport/handshake.hpp>
#include <corogram/transport/proxy_secret.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <set>
#include <utility>

namespace corogram::transport {

using tls_random = std::array<core::byte, 32>;

/// How far a client's clock may be off (PROXY-19).
inline constexpr std::chrono::seconds hello_max_age{600};
inline constexpr std::chrono::seconds hello_max_ahead{3};

/// The hellos that were accepted, so that a recorded one does not work a second time.
/// Threads: not safe.
class hello_memory {
 public:
  /// How long a hello is remembered (PROXY-20).
  static constexpr std::chrono::hours span{48};
  /// How many are remembered; the oldest go first. Who knows no secret adds none.
  static constexpr std::size_t max_count = 65536;

  /// remember returns whether `random` is new. Only its first 16 bytes count.
  bool remember(const tls_random& random, core::instant now);

 private:
  using key = std::array<core::byte, 16>;
  std::set<key> known_;
  std::deque<std::pair<std::chrono::nanoseconds, key>> by_age_;
};

/// A client's hello that proves knowledge of a secret.
struct accepted_hello {
  /// Units: bytes of the input.
  std::size_t size;
  std::size_t secret_index;
  tls_random client_random;
  std::array<core::byte, 32> session_id;
  /// The second byte of the suite that the client likes best.
  core::byte cipher_suite;
};

/// accept_hello reads a ClientHello at the beginning of `input`; nothing when more bytes are
/// needed.
/// Errors: errc::foreign_tls_hello, whatever does not hold: a prober learns nothing from it.
core::result<std::optional<accepted_hello>> accept_hello(core::byte_view input,
                                                         const secret_list& secrets,
                                                         core::instant now, hello_memory& memory);

/// write_server_hello appends the server's three records.
/// Pre: `key` is that of the hello's secret.
void write_server_hello(const accepted_hello& hello, std::span<const core::byte, 16> key,
                        core::random_source& random, core::byte_buffer& out);

/// check_server_digest returns whether the three records of `answer` were made with `key` for a
/// hello with `client_random`. Pre: `answer` has 43 bytes or more.
bool check_server_digest(std::span<const core::byte, 16> key,
                         std::span<const core::byte, 32> client_random, core::byte_view answer);

/// make_client_hello returns a ClientHello for the secret's domain. It has 517 bytes, which is what
/// the reference proxy of 2019 demands.
/// Pre: `secret` is of the kind fake_tls.
core::byte_buffer make_client_hello(const proxy_secret& secret, core::instant now,
                                    core::random_source& random);

/// The client's end. Its data goes in `fake_tls_records` afterwards.
/// Errors: errc::bad_tls_record; errc::bad_tls_digest.
class fake_tls_client_handshake final : public client_handshake {
 public:
  /// Pre: `secret` is of the kind fake_tls.
  fake_tls_client_handshake(const proxy_secret& secret, core::instant now,
                            core::random_source& random);

  void start(core::byte_buffer& out) override;
  core::result<bool> receive(core::byte_view& received, core::byte_buffer& out) override;

 private:
  core::secret_array<16> key_;
  core::byte_buffer hello_;
  /// The answer so far, and where the record at hand begins in it.
  core::byte_buffer answer_;
  std::size_t record_begin_ = 0;
  int records_ = 0;
};

namespace detail {

/// What a ClientHello says under one secret.
struct hello_proof {
  /// It was made with the secret; if not, the rest means nothing.
  bool authentic;
  /// Units: seconds since 1970 by the client's clock.
  std::uint32_t sent;
};

/// check_hello_digest computes that. No branch or index depends on the key.
/// Pre: `record` has 76 bytes or more.
[[nodiscard]] hello_proof check_hello_digest(std::span<const core::byte, 16> key,
                                             core::byte_view record) noexcept;

}  // namespace detail

}  // namespace corogram::transport
