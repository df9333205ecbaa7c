#pragma once

// Who is signed in where, for data centres that trust each other: which user acts under which key,
// and how that moves from one data centre to another.
//
//   key at DC 2 --auth.exportAuthorization(4)--> bytes --auth.importAuthorization--> key at DC 4
//
//   bytes = user id (8) + dc_id (4) + good until (8) + random (16) + HMAC-SHA256 of these (32)

#include <corogram/core/bytes.hpp>
#include <corogram/core/random.hpp>
#include <corogram/core/secret.hpp>
#include <corogram/testdc/data_center.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace corogram::testdc {

/// How long exported bytes may be imported.
inline constexpr std::chrono::minutes export_lifetime{5};

/// The authorisations of a group of data centres.
/// Lifetime: must outlive the data centres that it serves, `random` must outlive it.
class authorizations {
 public:
  explicit authorizations(core::random_source& random);

  /// serve gives a data centre auth.exportAuthorization, auth.importAuthorization and
  /// account.updateStatus, which needs a user and does nothing.
  void serve(data_center& center);

  /// sign_in has `user` act under a (permanent) key of a data centre.
  void sign_in(std::int32_t dc_id, std::int64_t key_id, std::int64_t user);
  /// sign_out has nobody act under it.
  void sign_out(std::int32_t dc_id, std::int64_t key_id);
  [[nodiscard]] std::optional<std::int64_t> user_of(std::int32_t dc_id, std::int64_t key_id) const;

 private:
  reply export_to(std::int32_t self, const method_context& context, const call& request);
  reply import_at(std::int32_t self, const method_context& context, const call& request);
  [[nodiscard]] core::byte_buffer sealed(core::byte_buffer statement) const;

  core::random_source& random_;
  core::secret_array<32> secret_;
  std::set<std::int32_t> members_;
  std::map<std::pair<std::int32_t, std::int64_t>, std::int64_t> users_;
};

}  // namespace corogram::testdc
