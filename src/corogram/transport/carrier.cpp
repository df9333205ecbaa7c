#include <corogram/transport/carrier.hpp>

#include <type_traits>
#include <utility>

namespace corogram::transport {

namespace {

template <class Protocol>
constexpr bool is_tcp = std::is_same_v<std::remove_cvref_t<Protocol>, std::monostate>;

}  // namespace

carrier::carrier(carrier_kind kind, role side, core::random_source& random) {
  if (kind == carrier_kind::websocket) protocol_.emplace<websocket_frames>(side, random);
  if (kind == carrier_kind::fake_tls) protocol_.emplace<fake_tls_records>(side);
}

carrier_kind carrier::kind() const noexcept {
  return static_cast<carrier_kind>(protocol_.index());
}

void carrier::wrap(core::packet_buffer& bytes) {
  if (const websocket_frames* const websocket = std::get_if<websocket_frames>(&protocol_)) {
    websocket->enclose(bytes);
  } else if (fake_tls_records* const tls = std::get_if<fake_tls_records>(&protocol_)) {
    core::byte_buffer records;
    tls->wrap(bytes.view(), records);
    bytes = core::packet_buffer(std::move(records));
  }
}

core::byte_view carrier::unwrap(core::byte_view received) {
  if (failure_) return {};
  return std::visit(
      [&](auto& protocol) -> core::byte_view {
        if constexpr (is_tcp<decltype(protocol)>) {
          return received;
        } else {
          scratch_.clear();
          const core::result<void> outcome = protocol.unwrap(received, scratch_);
          if (!outcome) failure_ = outcome.error();
          return scratch_;
        }
      },
      protocol_);
}

bool carrier::take_replies(core::byte_buffer& out) {
  websocket_frames* const websocket = std::get_if<websocket_frames>(&protocol_);
  if (websocket == nullptr || websocket->replies().empty()) return false;
  core::append(out, websocket->replies());
  websocket->replies().clear();
  return true;
}

}  // namespace corogram::transport
