#include <corogram/core/endian.hpp>
#include <corogram/core/writer.hpp>
#include <corogram/transport/errc.hpp>
#include <corogram/transport/intermediate.hpp>

namespace corogram::transport {

namespace {

constexpr std::uint32_t quick_ack_bit = 0x80000000;
constexpr std::size_t length_size = sizeof(std::uint32_t);

}  // namespace

std::uint32_t length_field(std::size_t length, bool quick_ack) noexcept {
  //= TR-08
  const std::uint32_t flag = quick_ack ? quick_ack_bit : 0;
  return static_cast<std::uint32_t>(length) | flag;
}

//= TR-07
void intermediate::enclose(core::packet_buffer& payload, bool quick_ack) const {
  const std::uint32_t field = length_field(payload.size(), quick_ack);
  core::store_le(payload.prepend(length_size).data(), field);
}

//= TR-09
void intermediate::write_quick_ack(std::uint32_t token, core::byte_buffer& out) const {
  core::writer(out).le(token);
}

//= TR-26
void intermediate::write_transport_error(std::int32_t code, core::byte_buffer& out) const {
  core::writer(out).le(length_field(sizeof(code), false)).le(code);
}

core::result<read_outcome> intermediate::read(core::byte_span input) const {
  COROGRAM_TRY(read_outcome outcome, read_raw(input));
  frame* const whole = std::get_if<frame>(&outcome);
  if (side_ == role::client && whole != nullptr)
    if (const packet* const inner = std::get_if<packet>(&*whole->content))
      whole->content = from_server(inner->payload);
  return outcome;
}

core::result<read_outcome> intermediate::read_raw(core::byte_span input) const {
  if (input.size() < length_size) return needs(length_size);
  const auto field = core::load_le<std::uint32_t>(input.data());
  const bool flagged = (field & quick_ack_bit) != 0;
  //= TR-09
  if (side_ == role::client && flagged) return found(length_size, quick_ack{field});

  const std::size_t length = field & ~quick_ack_bit;
  //= TR-45
  if (length == 0) return core::error(errc::bad_length, 0, "a length above zero");
  if (length > max_payload_) return core::error(errc::bad_length, 0, "a length within the limit");

  const std::size_t size = length_size + length;
  if (input.size() < size) return needs(size);
  return found(size, packet{input.subspan(length_size, length), flagged});
}

}  // namespace corogram::transport
