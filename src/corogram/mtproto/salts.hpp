#pragma once

// Server salts: 64-bit numbers that every message carries, so that old packets cannot be replayed
// and so that a server restored from a backup can tell (DESC-09, DESC-10, SM-12..17).
//
//   period k:   since(k) ............ since(k+1) ............ since(k+2)
//               |<----- current ----->|<------ grace ------->|
//               |<------------ valid_since .. valid_until --->|

#include <corogram/core/random.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace corogram::mtproto {

/// A salt and when it is good. Units: seconds of the server's unix time; valid_until is excluded.
struct salt_period {
  std::int64_t valid_since = 0;
  std::int64_t valid_until = 0;
  std::int64_t salt = 0;
  friend bool operator==(const salt_period&, const salt_period&) = default;
};

//= DESC-09
/// A salt is the current one for this long.
inline constexpr std::chrono::seconds salt_rotation{30 * 60};
//= DESC-10
/// And is accepted for this long after its successor became current.
inline constexpr std::chrono::seconds salt_grace{1800};
//= SM-12
/// The most salts that one get_future_salts may ask for.
inline constexpr std::int32_t future_salts_limit = 64;

/// A client leaves a salt this long before it ends (DIV-13).
inline constexpr std::chrono::seconds salt_margin{60};
/// And supposes this of a salt that came without an end (DIV-13).
inline constexpr std::chrono::seconds corrected_salt_lifetime{600};
/// A client asks for more salts when those that it knows end within this time.
inline constexpr std::chrono::seconds salt_reserve{3600};

/// A server's salts of one key. They belong to the key, not to the session (DIV-12).
class salt_schedule {
 public:
  /// Begins with the salt of the key exchange.
  salt_schedule(std::int64_t first_salt, std::int64_t now_seconds) noexcept;

  /// current is the salt to be used now, and to be announced.
  std::int64_t current(std::int64_t now_seconds, core::random_source& random);
  /// accepts says whether a message may carry `salt` now.
  bool accepts(std::int64_t salt, std::int64_t now_seconds, core::random_source& random);
  /// upcoming lists the current salt and those after it, `count` in all.
  std::vector<salt_period> upcoming(std::size_t count, std::int64_t now_seconds,
                                    core::random_source& random);

 private:
  struct period {
    std::int64_t since;
    std::int64_t salt;
  };
  /// Forgets what is over and makes sure that `ahead` periods after the current one exist.
  void advance(std::int64_t now_seconds, std::size_t ahead, core::random_source& random);

  std::deque<period> periods_;
};

/// A client's salts of one key: the one to use now, and those it was told about.
class salt_store {
 public:
  /// `initial` is good until somebody says otherwise (DESC-48); 0 if none is known.
  salt_store(std::int64_t initial, std::vector<salt_period> known);

  /// current is the salt for a message sent now; changes over to the next one in time.
  std::int64_t current(std::int64_t server_seconds);
  /// last is the salt that current() returned last.
  [[nodiscard]] std::int64_t last() const noexcept { return salt_; }

  /// corrected takes the salt of bad_server_salt or new_session_created; true if it is another
  /// than the one in use. It is believed for corrected_salt_lifetime, as nobody says how long it
  /// is good (DIV-13).
  bool corrected(std::int64_t salt, std::int64_t server_seconds);
  /// learned takes the answer to get_future_salts.
  void learned(std::vector<salt_period> salts, std::int64_t server_seconds);

  /// wants_more says that the known salts run out soon.
  [[nodiscard]] bool wants_more(std::int64_t server_seconds) const noexcept;
  [[nodiscard]] const std::vector<salt_period>& known() const noexcept { return known_; }

 private:
  std::int64_t salt_;
  /// When salt_ ends. Units: as salt_period. nullopt: nobody has said.
  std::optional<std::int64_t> until_;
  /// Sorted by valid_since.
  std::vector<salt_period> known_;
};

}  // namespace corogram::mtproto
