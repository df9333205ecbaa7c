#include <corogram/core/endian.hpp>
#include <corogram/core/writer.hpp>
#include <corogram/crypto/crc32.hpp>
#include <corogram/transport/errc.hpp>
#include <corogram/transport/full.hpp>

#include <array>

namespace corogram::transport {

namespace {

constexpr std::size_t number_offset = 4;
constexpr std::size_t payload_offset = 8;
constexpr std::size_t checksum_size = 4;

}  // namespace

void full::enclose(core::packet_buffer& payload) {
  const auto length = static_cast<std::uint32_t>(payload.size() + overhead);
  core::byte* const head = payload.prepend(payload_offset).data();
  //= TR-15
  core::store_le(head, length);
  //= TR-16
  core::store_le(head + number_offset, next_sent_++);
  //= TR-17
  payload.back().le(crypto::crc32(payload.view()));
}

//= TR-26
void full::write_transport_error(std::int32_t code, core::byte_buffer& out) {
  core::packet_buffer payload(sizeof(code));
  payload.back().le(code);
  enclose(payload);
  core::append(out, payload.view());
}

core::result<read_outcome> full::read(core::byte_span input) {
  if (input.size() < number_offset) return needs(number_offset);
  const auto length = core::load_le<std::uint32_t>(input.data());
  //= TR-45
  if (!is_length(length, max_payload_))
    return core::error(errc::bad_length, 0, "16 or more, a multiple of 4, within the limit");

  // The number is judged before the rest is waited for.
  if (input.size() < payload_offset) return needs(payload_offset);
  //= TR-16
  if (core::load_le<std::uint32_t>(input.data() + number_offset) != next_received_)
    return core::error(errc::bad_sequence, number_offset, "the number after the last one");

  if (input.size() < length) return needs(length);
  const std::size_t checksum_offset = length - checksum_size;
  //= TR-17
  if (core::load_le<std::uint32_t>(input.data() + checksum_offset) !=
      crypto::crc32(input.first(checksum_offset)))
    return core::error(errc::bad_checksum, checksum_offset, "the CRC-32 of the frame");

  ++next_received_;
  const core::byte_span payload = input.subspan(payload_offset, length - overhead);
  if (side_ == role::client) return found(length, from_server(payload));
  return found(length, packet{payload, false});
}

bool full::is_length(std::uint32_t length, std::size_t max_payload) noexcept {
  return length > overhead && length % 4 == 0 && length - overhead <= max_payload;
}

}  // namespace corogram::transport
