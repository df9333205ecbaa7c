#pragma once

// The keys that a server knows, and which temporary key acts for which permanent one. In memory
// only.

#include <corogram/core/clock.hpp>
#include <corogram/mtproto/auth_key.hpp>
#include <corogram/mtproto/key_exchange.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace corogram::mtproto {

/// A key and what belongs to it.
struct stored_key {
  stored_key(auth_key key_, std::int64_t first_salt_, std::optional<key_expiry> expiry_ = {})
      : key(std::move(key_)), first_salt(first_salt_), expiry(expiry_) {}

  auth_key key;
  /// The salt that the key exchange has given the client (AK-49), 0 for a key from elsewhere.
  std::int64_t first_salt;
  /// Set: a temporary key.
  std::optional<key_expiry> expiry;
  /// The id of the other key of the pair while the two are bound, else 0.
  std::int64_t bound_to = 0;

  [[nodiscard]] bool is_temporary() const noexcept { return expiry.has_value(); }
};

/// Finds keys by id. Threads: not safe.
class auth_key_store {
 public:
  [[nodiscard]] std::size_t size() const noexcept { return keys_.size(); }
  [[nodiscard]] bool contains(std::int64_t id) const noexcept { return keys_.contains(id); }

  /// find returns the key, or null. Lifetime: until the key is erased.
  [[nodiscard]] const stored_key* find(std::int64_t id) const noexcept;

  /// insert adds a key, unless its id is 0 or another key has it: then it returns false and changes
  /// nothing. Spec: DESC-04.
  bool insert(stored_key key);

  /// erase forgets a key and unbinds the key that is bound to it. It returns whether there was one.
  bool erase(std::int64_t id);

  /// bind lets the temporary key act for the permanent one. Whatever either was bound to before is
  /// free again. It returns false, and changes nothing, unless both keys are there and are what
  /// they should be. Spec: PFS-12, PFS-14.
  bool bind(std::int64_t temporary_id, std::int64_t permanent_id);

  /// poll_deadline says when the next temporary key ends.
  [[nodiscard]] std::optional<core::deadline> poll_deadline() const;

  /// handle_timeout erases the temporary keys that have ended and returns their ids. Spec: AK-55.
  std::vector<std::int64_t> handle_timeout(core::instant now);

 private:
  void unbind(stored_key& key);

  std::unordered_map<std::int64_t, stored_key> keys_;
  std::set<std::pair<core::deadline, std::int64_t>> expiries_;
};

}  // namespace corogram::mtproto
