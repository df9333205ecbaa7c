#pragma once

// Where the data centres are: the list that help.getConfig and updateDcOptions give, and which of
// it a connection may use.

#include <corogram/api/types/DcOption.hpp>
#include <corogram/core/bytes.hpp>
#include <corogram/rpc/options.hpp>
#include <corogram/tl/box.hpp>
#include <corogram/tl/vector.hpp>

#include <compare>
#include <cstdint>
#include <optional>
#include <vector>

namespace corogram::rpc {

/// Names one of a pool's connections.
struct dc_target {
  std::int32_t dc_id = 0;
  /// For file transfers only.
  bool media = false;
  friend auto operator<=>(const dc_target&, const dc_target&) = default;
};

/// One address of a data centre.
struct dc_address {
  dc_address(std::int32_t dc_id_, endpoint where_) : dc_id(dc_id_), where(std::move(where_)) {}

  std::int32_t dc_id;
  /// With the secret and the obfuscation that it asks for.
  endpoint where;
  bool ipv6 = false;
  /// Serves file transfers and nothing else.
  bool media_only = false;
  /// A server of the CDN, which speaks another protocol.
  bool cdn = false;
  /// Meant for connections through a proxy; good for others, too.
  bool is_static = false;
};

/// Knows the addresses of all data centres.
class dc_addresses {
 public:
  /// Begins with what the program knows before it has asked anybody.
  explicit dc_addresses(std::vector<dc_address> known) : known_(std::move(known)) {}

  /// take_all replaces everything by the list of help.getConfig.
  /// Addresses that no TCP connection can go to (ports, secrets) are left out.
  void take_all(const tl::vector<tl::box<api::DcOption>>& list);
  /// take_changed replaces the addresses of those data centres that updateDcOptions lists.
  void take_changed(const tl::vector<tl::box<api::DcOption>>& list);

  /// prefer_ipv6 says whether IPv6 addresses come before others, as the server may recommend.
  void prefer_ipv6(bool preferred) noexcept { ipv6_first_ = preferred; }

  /// endpoints_of lists where `target` can be reached, the best first. IPv6 addresses only if
  /// `ipv6`.
  [[nodiscard]] std::vector<endpoint> endpoints_of(const dc_target& target, bool ipv6) const;

  [[nodiscard]] const std::vector<dc_address>& known() const noexcept { return known_; }

 private:
  std::vector<dc_address> known_;
  bool ipv6_first_ = false;
};

}  // namespace corogram::rpc
