#include <corogram/rpc/dc_addresses.hpp>

#include <algorithm>
#include <limits>
#include <string>

namespace corogram::rpc {
namespace {

std::optional<dc_address> read(const api::dcOption& option) {
  if (option.port <= 0 || option.port > std::numeric_limits<std::uint16_t>::max())
    return std::nullopt;
  //= WS-01
  //= WS-02
  // The port of the list and no other, whether this_port_only says so or not.
  endpoint where(std::string(option.ip_address), static_cast<std::uint16_t>(option.port));
  //= DC-02
  where.obfuscated = option.tcpo_only() || option.has_secret();
  if (option.has_secret()) {
    auto secret =
        transport::proxy_secret::from_bytes(core::as_bytes(std::string_view(option.secret)));
    // What looks like TLS is for proxies; no data centre announces it.
    if (!secret || secret->type() == transport::proxy_secret::kind::fake_tls) return std::nullopt;
    where.secret = std::make_shared<const transport::proxy_secret>(*std::move(secret));
  }
  dc_address address(option.id, std::move(where));
  address.ipv6 = option.ipv6();
  address.media_only = option.media_only();
  address.cdn = option.cdn();
  address.is_static = option.static_();
  return address;
}

std::vector<dc_address> read(const tl::vector<tl::box<api::DcOption>>& list) {
  std::vector<dc_address> read_ones;
  for (const auto& each : list) {
    const auto* const option = each.get_if<api::dcOption>();
    if (option == nullptr) continue;
    if (auto address = read(*option)) read_ones.push_back(*std::move(address));
  }
  return read_ones;
}

}  // namespace

//= DC-01
void dc_addresses::take_all(const tl::vector<tl::box<api::DcOption>>& list) {
  known_ = read(list);
}

//= DC-04
void dc_addresses::take_changed(const tl::vector<tl::box<api::DcOption>>& list) {
  std::vector<dc_address> changed = read(list);
  std::erase_if(known_, [&](const dc_address& old) {
    return std::ranges::any_of(changed,
                               [&](const dc_address& one) { return one.dc_id == old.dc_id; });
  });
  std::ranges::move(changed, std::back_inserter(known_));
}

std::vector<endpoint> dc_addresses::endpoints_of(const dc_target& target, bool ipv6) const {
  std::vector<endpoint> endpoints;
  //= DC-03
  for (const bool media_only : {true, false})
    //= WS-03
    for (const bool later : {false, true})
      for (const dc_address& address : known_)
        if (address.dc_id == target.dc_id && address.media_only == media_only && !address.cdn &&
            (target.media || !media_only) && (ipv6 || !address.ipv6) &&
            (ipv6_first_ && !address.ipv6) == later)
          endpoints.push_back(address.where);
  return endpoints;
}

}  // namespace corogram::rpc
