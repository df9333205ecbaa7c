#pragma once

// What the tests of the transport layer share.

#include <corogram/core/bytes.hpp>
#include <corogram/core/clock.hpp>
#include <corogram/core/endian.hpp>
#include <corogram/core/hex.hpp>
#include <corogram/core/packet_buffer.hpp>
#include <corogram/core/random.hpp>
#include <corogram/core/result.hpp>
#include <corogram/transport/frame.hpp>
#include <corogram/transport/framing.hpp>
#include <corogram/transport/incoming.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace corogram::transport {

// GoogleTest finds these by name and prints values with them.
inline void PrintTo(framing value, std::ostream* out) {
  *out << to_string(value);
}
inline void PrintTo(const transport_error& value, std::ostream* out) {
  *out << value.code;
}
inline void PrintTo(const quick_ack& value, std::ostream* out) {
  *out << std::hex << value.token;
}

}  // namespace corogram::transport

namespace corogram::transport::test {

inline constexpr std::array all_framings{framing::abridged, framing::intermediate,
                                         framing::padded_intermediate, framing::full};

/// bytes reads hexadecimal.
inline core::byte_buffer bytes(std::string_view hex) {
  return *core::from_hex(hex);
}

/// encrypted makes something of the shape of an encrypted packet with `blocks` AES blocks:
/// 24 + 16 * blocks bytes.
inline core::byte_buffer encrypted(std::size_t blocks, std::uint64_t seed = 1) {
  core::byte_buffer packet(24 + 16 * blocks);
  core::test_random(seed).fill(packet);
  packet[0] |= 1;
  return packet;
}

/// plain makes something of the shape of an unencrypted packet with a message of `size` bytes.
inline core::byte_buffer plain(std::size_t size, std::uint64_t seed = 2) {
  core::byte_buffer packet(20 + size);
  core::test_random(seed).fill(packet);
  core::store_le(packet.data(), std::int64_t{0});
  core::store_le(packet.data() + 16, static_cast<std::uint32_t>(size));
  return packet;
}

/// noise makes `size` bytes without a shape.
inline core::byte_buffer noise(std::size_t size, std::uint64_t seed = 3) {
  core::byte_buffer content(size);
  core::test_random(seed).fill(content);
  return content;
}

/// What a stream said, with payloads copied, for comparing.
struct said {
  enum class kind { packet, quick_ack, transport_error } what;
  core::byte_buffer payload;
  bool quick_ack_requested = false;
  std::uint32_t token = 0;
  std::int32_t code = 0;

  friend bool operator==(const said&, const said&) = default;
};

inline said say(core::byte_view payload, bool quick_ack_requested = false) {
  return {said::kind::packet, {payload.begin(), payload.end()}, quick_ack_requested, 0, 0};
}
inline said say(quick_ack ack) {
  return {said::kind::quick_ack, {}, false, ack.token, 0};
}
inline said say(transport_error error) {
  return {said::kind::transport_error, {}, false, 0, error.code};
}
inline said say(const packet& found) {
  return say(found.payload, found.quick_ack_requested);
}
inline said say(const incoming& content) {
  return std::visit([](const auto& value) { return say(value); }, content);
}

inline void PrintTo(const said& value, std::ostream* out) {
  switch (value.what) {
    case said::kind::packet:
      *out << "packet "
           << core::to_hex(core::byte_view(value.payload)
                               .first(std::min<std::size_t>(value.payload.size(), 32)))
           << " of " << value.payload.size() << (value.quick_ack_requested ? " with ack" : "");
      break;
    case said::kind::quick_ack:
      *out << "quick ack " << std::hex << value.token;
      break;
    case said::kind::transport_error:
      *out << "transport error " << value.code;
      break;
  }
}

/// Everything that a stream says until it wants more or fails.
struct heard {
  std::vector<said> all;
  std::optional<core::error> failure;
};

/// drain polls until there is nothing more or a failure.
template <class Stream>
void drain(Stream& stream, heard& into) {
  while (!into.failure) {
    auto polled = stream.poll();
    if (!polled) {
      into.failure = polled.error();
    } else if (!*polled) {
      return;
    } else {
      into.all.push_back(say(**polled));
    }
  }
}

/// The time of the tests.
inline constexpr core::instant test_now{std::chrono::seconds{1'700'000'000},
                                        std::chrono::seconds{1'700'000'000}};

/// hear feeds `wire` in pieces of at most `step` bytes, each in a heap block of its exact size.
template <class Stream>
heard hear(Stream& stream, core::byte_view wire, std::size_t step = static_cast<std::size_t>(-1)) {
  heard result;
  for (std::size_t at = 0; at < wire.size();) {
    const std::size_t size = std::min(step, wire.size() - at);
    const core::byte_buffer piece(wire.begin() + static_cast<std::ptrdiff_t>(at),
                                  wire.begin() + static_cast<std::ptrdiff_t>(at + size));
    if constexpr (requires { stream.feed(piece, test_now); }) {
      stream.feed(piece, test_now);
    } else {
      stream.feed(piece);
    }
    drain(stream, result);
    at += size;
  }
  return result;
}

/// framed puts a packet into a frame.
template <class Codec, class... QuickAck>
core::byte_buffer framed(Codec&& codec, core::byte_view payload, QuickAck... quick_ack) {
  core::packet_buffer packet(payload);
  codec.enclose(packet, quick_ack...);
  return {packet.view().begin(), packet.view().end()};
}

/// A frame and the bytes that it was read from.
struct frame_read : frame {
  core::byte_buffer wire;
};

/// read_whole reads one frame that must be there.
template <class Codec>
frame_read read_whole(Codec& codec, core::byte_view wire) {
  frame_read whole;
  whole.wire.assign(wire.begin(), wire.end());
  auto outcome = codec.read(whole.wire);
  if (!outcome) throw std::runtime_error(outcome.error().message());
  if (const incomplete* more = std::get_if<incomplete>(&*outcome))
    throw std::runtime_error("incomplete, needs " + std::to_string(more->needed));
  static_cast<frame&>(whole) = *std::get_if<frame>(&*outcome);
  return whole;
}

/// read_failure returns the error of reading; its code is zero if there was none.
template <class Codec>
core::error read_failure(Codec&& codec, core::byte_view wire) {
  core::byte_buffer copy(wire.begin(), wire.end());
  auto outcome = codec.read(copy);
  if (outcome) return core::error(std::error_code());
  return outcome.error();
}

/// check_prefixes returns an empty string if every proper prefix of the one frame `wire`, each in a
/// heap block of its exact size, is incomplete, and what each asks for is more than it has, at most
/// the whole, and enough to find out more.
template <class Codec>
std::string check_prefixes(Codec codec, const core::byte_buffer& wire) {
  for (std::size_t size = 0; size < wire.size(); ++size) {
    core::byte_buffer prefix(wire.begin(), wire.begin() + static_cast<std::ptrdiff_t>(size));
    auto outcome = codec.read(prefix);
    if (!outcome) return "prefix " + std::to_string(size) + ": " + outcome.error().message();
    const incomplete* const more = std::get_if<incomplete>(&*outcome);
    if (more == nullptr) return "prefix " + std::to_string(size) + " is taken for a frame";
    if (more->needed <= size || more->needed > wire.size())
      return "prefix " + std::to_string(size) + " needs " + std::to_string(more->needed);
  }
  return {};
}

}  // namespace corogram::transport::test
