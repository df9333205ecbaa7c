#include <corogram/transport/codec.hpp>

#include <type_traits>

namespace corogram::transport {

namespace {

using any_codec = std::variant<abridged, intermediate, padded_intermediate, full>;

any_codec make(framing kind, role side, std::size_t max_payload, core::random_source& random) {
  switch (kind) {
    case framing::abridged:
      return abridged(side, max_payload);
    case framing::intermediate:
      return intermediate(side, max_payload);
    case framing::padded_intermediate:
      return padded_intermediate(side, max_payload, random);
    case framing::full:
      return full(side, max_payload);
  }
  return intermediate(side, max_payload);
}

template <class Codec>
constexpr bool is_full = std::is_same_v<std::remove_cvref_t<Codec>, full>;

template <class Codec>
constexpr bool is_padded = std::is_same_v<std::remove_cvref_t<Codec>, padded_intermediate>;

}  // namespace

codec::codec(framing kind, role side, std::size_t max_payload, core::random_source& random)
    : codec_(make(kind, side, max_payload, random)) {}

framing codec::kind() const noexcept {
  return static_cast<framing>(codec_.index());
}

core::byte_view codec::tag() const noexcept {
  //= TR-01
  //= TR-06
  //= TR-10
  switch (kind()) {
    case framing::abridged:
      return abridged::tag;
    case framing::intermediate:
      return intermediate::tag;
    case framing::padded_intermediate:
      return padded_intermediate::tag;
    case framing::full:
      return {};
  }
  return {};
}

void codec::write_packet(core::byte_view payload, bool quick_ack, core::byte_buffer& out) {
  std::visit(
      [&](auto& chosen) {
        //= TR-19
        if constexpr (is_full<decltype(chosen)>)
          chosen.write_packet(payload, out);
        else
          chosen.write_packet(payload, quick_ack, out);
      },
      codec_);
}

void codec::write_quick_ack(std::uint32_t token, core::byte_buffer& out) {
  std::visit(
      [&](auto& chosen) {
        if constexpr (!is_full<decltype(chosen)>) chosen.write_quick_ack(token, out);
      },
      codec_);
}

void codec::write_transport_error(std::int32_t code, bool pad, core::byte_buffer& out) {
  std::visit(
      [&](auto& chosen) {
        if constexpr (is_padded<decltype(chosen)>)
          chosen.write_transport_error(code, pad, out);
        else
          chosen.write_transport_error(code, out);
      },
      codec_);
}

core::result<read_outcome> codec::read(core::byte_view input) {
  return std::visit([&](auto& chosen) { return chosen.read(input); }, codec_);
}

}  // namespace corogram::transport
