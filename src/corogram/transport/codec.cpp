#include <corogram/transport/codec.hpp>

#include <type_traits>
#include <utility>

namespace corogram::transport {

namespace {

using any_codec = std::variant<abridged, intermediate, padded_intermediate, full, http>;

any_codec make(framing kind, role side, std::size_t max_payload, core::random_source& random,
               http_target target) {
  switch (kind) {
    case framing::abridged:
      return abridged(side, max_payload);
    case framing::intermediate:
      return intermediate(side, max_payload);
    case framing::padded_intermediate:
      return padded_intermediate(side, max_payload, random);
    case framing::full:
      return full(side, max_payload);
    case framing::http:
      return http(side, max_payload, std::move(target));
  }
  return intermediate(side, max_payload);
}

/// Whether a codec has quick acks.
template <class Codec>
constexpr bool acks = !std::is_same_v<std::remove_cvref_t<Codec>, full> &&
                      !std::is_same_v<std::remove_cvref_t<Codec>, http>;

template <class Codec>
constexpr bool is_padded = std::is_same_v<std::remove_cvref_t<Codec>, padded_intermediate>;

}  // namespace

codec::codec(framing kind, role side, std::size_t max_payload, core::random_source& random,
             http_target target)
    : codec_(make(kind, side, max_payload, random, std::move(target))) {}

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
    case framing::http:
      return {};
  }
  return {};
}

void codec::enclose(core::packet_buffer& payload, bool quick_ack) {
  std::visit(
      [&](auto& chosen) {
        //= TR-19
        //= WS-22
        if constexpr (acks<decltype(chosen)>)
          chosen.enclose(payload, quick_ack);
        else
          chosen.enclose(payload);
      },
      codec_);
}

void codec::write_quick_ack(std::uint32_t token, core::byte_buffer& out) {
  std::visit(
      [&](auto& chosen) {
        if constexpr (acks<decltype(chosen)>) chosen.write_quick_ack(token, out);
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

void codec::limit_padding(std::size_t limit) noexcept {
  if (auto* const padded = std::get_if<padded_intermediate>(&codec_)) padded->limit_padding(limit);
}

bool codec::can_write() const noexcept {
  const http* const over_http = std::get_if<http>(&codec_);
  return over_http == nullptr || over_http->can_write();
}

bool codec::take_replies(core::byte_buffer& out) {
  http* const over_http = std::get_if<http>(&codec_);
  if (over_http == nullptr || over_http->replies().empty()) return false;
  core::append(out, over_http->replies());
  over_http->replies().clear();
  return true;
}

core::result<read_outcome> codec::read(core::byte_span input) {
  return std::visit([&](auto& chosen) { return chosen.read(input); }, codec_);
}

}  // namespace corogram::transport
