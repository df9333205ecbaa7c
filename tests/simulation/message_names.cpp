#include "message_names.hpp"

#include <corogram/api/fwd.hpp>
#include <corogram/core/endian.hpp>
#include <corogram/core/hex.hpp>
#include <corogram/service/fwd.hpp>
#include <corogram/tl/codec.hpp>
#include <corogram/tl/print.hpp>
#include <corogram/tl/tables.hpp>

#include <algorithm>

namespace corogram::simulation {
namespace {

constexpr std::size_t longest_text = 150;
/// Units: bytes before the message of an unencrypted packet.
constexpr std::size_t plain_header = 20;
constexpr std::uint32_t msg_container = 0x73f1f8dc;

}  // namespace

bool is_service_message(core::byte_view body) {
  const auto number = tl::peek_id(body);
  return number && service::tables().find(*number) != nullptr;
}

std::string message_name(core::byte_view body) {
  const auto number = tl::peek_id(body);
  if (!number) return "(nothing)";
  if (*number == msg_container) return "msg_container";
  tl::print_options how;
  how.inner = &api::tables();
  how.longest_bytes = 16;
  const tl::tables& schema = is_service_message(body) ? service::tables() : api::tables();
  std::string text;
  if (const auto printed = tl::to_text(schema, body, how))
    text = *printed;
  else if (const auto* const row = schema.find(*number))
    text = std::string(schema.name_of(*row)) + " (unreadable)";
  else
    text = "#" + core::to_hex(body.first(4));
  std::ranges::replace(text, '\n', ' ');
  if (text.size() > longest_text) text = text.substr(0, longest_text) + "...";
  return text;
}

std::string plain_message_name(core::byte_view packet) {
  if (packet.size() < plain_header + 4) return "(too short)";
  const auto number = core::load_le<std::uint32_t>(packet.data() + plain_header);
  const auto* const row = service::tables().find(number);
  return row != nullptr ? std::string(service::tables().name_of(*row))
                        : "#" + core::to_hex(packet.subspan(plain_header, 4));
}

}  // namespace corogram::simulation
