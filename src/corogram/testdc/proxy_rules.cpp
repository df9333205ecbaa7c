#include <corogram/core/endian.hpp>
#include <corogram/mtproto/plain_message.hpp>
#include <corogram/service/functions/req_DH_params.hpp>
#include <corogram/service/functions/req_pq.hpp>
#include <corogram/service/functions/req_pq_multi.hpp>
#include <corogram/service/functions/set_client_DH_params.hpp>
#include <corogram/testdc/proxy_rules.hpp>
#include <corogram/transport/obfuscated.hpp>

namespace corogram::testdc {

//= PROXY-07
bool is_proxied_dc(const address& self, std::int16_t field) noexcept {
  const transport::dc_address named = transport::dc_from_field(field);
  const bool is_known = named.id == self.dc_id || (named.id >= 1 && named.id <= last_listed_dc);
  return is_known && named.test == self.test_mode;
}

//= PROXY-09
bool is_relayed(core::byte_view packet) noexcept {
  if (!mtproto::is_plain(packet)) return true;
  constexpr std::size_t shortest_query = 20;
  const auto message = mtproto::decode_plain(packet);
  if (!message || message->body.size() < shortest_query) return false;
  switch (core::load_le<std::uint32_t>(message->body.data())) {
    case service::req_pq::tl_id:
    case service::req_pq_multi::tl_id:
    case service::req_DH_params::tl_id:
    case service::set_client_DH_params::tl_id:
      return true;
    default:
      return false;
  }
}

}  // namespace corogram::testdc
