#include <corogram/core/endian.hpp>
#include <corogram/transport/abridged.hpp>
#include <corogram/transport/detect.hpp>
#include <corogram/transport/errc.hpp>
#include <corogram/transport/full.hpp>
#include <corogram/transport/intermediate.hpp>
#include <corogram/transport/obfuscated.hpp>
#include <corogram/transport/padded_intermediate.hpp>

#include <array>
#include <cstdint>
#include <string_view>

namespace corogram::transport {

namespace {

constexpr std::size_t word_size = 4;

bool begins_with(core::byte_view bytes, core::byte_view beginning) {
  return bytes.size() >= beginning.size() && core::equal(bytes.first(beginning.size()), beginning);
}

}  // namespace

//= GEN-10
core::result<start> detect(core::byte_view first, std::size_t max_payload) {
  if (first.empty()) return start(incomplete{1});
  if (begins_with(first, abridged::tag))
    return start(plain_start{framing::abridged, abridged::tag.size()});

  if (first.size() < word_size) return start(incomplete{word_size});
  if (begins_with(first, intermediate::tag))
    return start(plain_start{framing::intermediate, intermediate::tag.size()});
  if (begins_with(first, padded_intermediate::tag))
    return start(plain_start{framing::padded_intermediate, padded_intermediate::tag.size()});

  for (const std::string_view method : {"POST", "HEAD", "OPTI"})
    if (begins_with(first, core::as_bytes(method))) return start(http_start{false});
  if (begins_with(first, core::as_bytes("GET "))) return start(http_start{true});

  //= TR-18
  if (first.size() < 2 * word_size) return start(incomplete{2 * word_size});
  if (core::load_le<std::uint32_t>(first.data() + word_size) == 0) {
    if (full::is_length(core::load_le<std::uint32_t>(first.data()), max_payload))
      return start(plain_start{framing::full, 0});
    return core::error(errc::unknown_protocol, 0, "a tag, or the length of a full frame");
  }

  // An obfuscated header begins in this way once in 2^24 times, and goes on so never.
  constexpr std::array<core::byte, 3> tls_record{0x16, 0x03, 0x01};
  if (begins_with(first, tls_record)) {
    constexpr core::byte client_hello = 0x01;
    constexpr std::array<core::byte, 2> tls_version{0x03, 0x03};
    if (first.size() < 11) return start(incomplete{11});
    if (first[5] == client_hello && begins_with(first.subspan(9), tls_version))
      return start(tls_start{});
  }

  if (first.size() < obfuscation_header_size) return start(incomplete{obfuscation_header_size});
  if (is_forbidden_start(first.first<obfuscation_header_size>()))
    return core::error(errc::unknown_protocol, 0, "no word of another protocol");
  return start(obfuscated_start{});
}

}  // namespace corogram::transport
