#include <corogram/core/endian.hpp>
#include <corogram/core/writer.hpp>
#include <corogram/transport/abridged.hpp>
#include <corogram/transport/errc.hpp>

namespace corogram::transport {

namespace {

constexpr core::byte quick_ack_bit = 0x80;
/// In the place of a length: the length follows in 3 bytes. It is also the first such length.
constexpr core::byte long_form = 0x7f;
constexpr std::size_t long_header_size = 4;

core::result<read_outcome> bad_length(std::string_view expected) {
  return core::error(errc::bad_length, 0, expected);
}

}  // namespace

void abridged::enclose(core::packet_buffer& payload, bool quick_ack) const {
  const auto words = static_cast<std::uint32_t>(payload.size() / 4);
  //= TR-04
  const core::byte flag = quick_ack ? quick_ack_bit : core::byte{0};
  if (words < long_form) {
    //= TR-02
    payload.prepend(1).front() = static_cast<core::byte>(words | flag);
  } else {
    //= TR-03
    const core::byte first = long_form | flag;
    core::store_le(payload.prepend(long_header_size).data(), words << 8 | first);
  }
}

//= TR-05
void abridged::write_quick_ack(std::uint32_t token, core::byte_buffer& out) const {
  core::writer(out).be(token);
}

//= TR-26
void abridged::write_transport_error(std::int32_t code, core::byte_buffer& out) const {
  core::packet_buffer payload(sizeof(code));
  payload.back().le(code);
  enclose(payload, false);
  core::append(out, payload.view());
}

core::result<read_outcome> abridged::read(core::byte_span input) const {
  if (input.empty()) return needs(1);
  const bool flagged = (input[0] & quick_ack_bit) != 0;
  //= TR-05
  if (side_ == role::client && flagged) {
    if (input.size() < sizeof(std::uint32_t)) return needs(sizeof(std::uint32_t));
    return found(sizeof(std::uint32_t), quick_ack{core::load_be<std::uint32_t>(input.data())});
  }

  std::size_t header_size = 1;
  std::size_t words = input[0] & ~quick_ack_bit;
  if (words == long_form) {
    header_size = long_header_size;
    if (input.size() < header_size) return needs(header_size);
    words = core::load_le<std::uint32_t>(input.data()) >> 8;
    //= PROXY-11
    if (words < long_form) return bad_length("127 words or more in the long form");
  }
  //= TR-45
  if (words == 0) return bad_length("a length above zero");
  if (words * 4 > max_payload_) return bad_length("a length within the limit");

  const std::size_t size = header_size + words * 4;
  if (input.size() < size) return needs(size);
  const core::byte_span payload = input.subspan(header_size, words * 4);
  if (side_ == role::client) return found(size, from_server(payload));
  return found(size, packet{payload, flagged});
}

}  // namespace corogram::transport
