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

void full::write_packet(core::byte_view payload, core::byte_buffer& out) {
  const std::size_t begin = out.size();
  //= TR-15
  core::writer writer(out);
  writer.le(static_cast<std::uint32_t>(payload.size() + overhead));
  //= TR-16
  writer.le(next_sent_++);
  writer.bytes(payload);
  //= TR-17
  writer.le(crypto::crc32(core::byte_view(out).subspan(begin)));
}

//= TR-26
void full::write_transport_error(std::int32_t code, core::byte_buffer& out) {
  std::array<core::byte, 4> payload;
  core::store_le(payload.data(), code);
  write_packet(payload, out);
}

core::result<read_outcome> full::read(core::byte_view input) {
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
  const core::byte_view payload = input.subspan(payload_offset, length - overhead);
  if (side_ == role::client) return found(length, from_server(payload));
  return found(length, packet{payload, false});
}

bool full::is_length(std::uint32_t length, std::size_t max_payload) noexcept {
  return length > overhead && length % 4 == 0 && length - overhead <= max_payload;
}

}  // namespace corogram::transport
