#pragma once

// Bytes that reach a stream as a socket brings them: read into the room that it lends.

#include "target.hpp"

#include <corogram/core/bytes.hpp>
#include <corogram/transport/frame_reader.hpp>
#include <corogram/transport/receive_buffer.hpp>

#include <algorithm>
#include <cstdint>

namespace corogram::fuzz {

/// is_lent tells for a hearing in pieces (see in_pieces()) whether they are read in place, so that
/// it is compared with one whose bytes were copied.
constexpr bool is_lent(std::uint64_t pieces) noexcept {
  return (pieces & 2) != 0;
}

/// lent_with returns what `stream` lends, with `piece` read into it.
template <class Stream>
transport::receive_buffer lent_with(Stream& stream, core::byte_view piece) {
  transport::receive_buffer lent = stream.lend();
  require(lent.space().size() >= piece.size() + 16, "a socket gets room to read into");
  std::ranges::copy(piece, lent.space().begin());
  // Whoever goes beyond what was read finds nothing that continues it.
  std::ranges::fill(lent.space().subspan(piece.size()).first(16), core::byte{0x55});
  lent.commit(piece.size());
  return lent;
}

}  // namespace corogram::fuzz
