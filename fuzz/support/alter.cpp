#include "alter.hpp"

#include <corogram/core/endian.hpp>

#include <algorithm>
#include <array>

namespace corogram::fuzz {

namespace {

enum class change { flip, overwrite, cut_short, insert, cut_out, repeat };
constexpr std::size_t changes = 6;
constexpr std::size_t longest_run = 64;

std::ptrdiff_t at(std::size_t position) {
  return static_cast<std::ptrdiff_t>(position);
}

void alter_once(choices& from, core::byte_buffer& bytes) {
  const auto what = static_cast<change>(from.below(changes));
  const std::size_t where = from.below(std::min<std::size_t>(bytes.size() + 1, 65536));
  const std::size_t behind = bytes.size() - where;
  switch (what) {
    case change::flip:
      if (behind > 0) bytes[where] = static_cast<core::byte>(bytes[where] ^ from.byte());
      return;
    case change::overwrite: {
      const core::byte_view run = from.take(std::min(behind, from.below(longest_run) + 1));
      std::ranges::copy(run, bytes.begin() + at(where));
      return;
    }
    case change::cut_short:
      bytes.resize(where);
      return;
    case change::insert: {
      const core::byte_view run = from.take(from.below(longest_run) + 1);
      bytes.insert(bytes.begin() + at(where), run.begin(), run.end());
      return;
    }
    case change::cut_out: {
      const std::size_t size = std::min(behind, from.below(longest_run) + 1);
      bytes.erase(bytes.begin() + at(where), bytes.begin() + at(where + size));
      return;
    }
    case change::repeat: {
      const std::size_t size = std::min(behind, from.below(longest_run) + 1);
      const core::byte_buffer run(bytes.begin() + at(where), bytes.begin() + at(where + size));
      bytes.insert(bytes.begin() + at(where), run.begin(), run.end());
      return;
    }
  }
}

template <class Integer>
Integer little_endian(choices& from) {
  std::array<core::byte, sizeof(Integer)> bytes{};
  std::ranges::copy(from.take(bytes.size()), bytes.begin());
  return core::load_le<Integer>(bytes.data());
}

}  // namespace

bool alter(choices& from, core::byte_buffer& bytes) {
  const std::size_t count = from.below(4);
  if (count == 0) return false;
  const core::byte_buffer before = bytes;
  for (std::size_t i = 0; i < count; ++i) alter_once(from, bytes);
  return bytes != before;
}

void alter_nonce(choices& from, tl::int128& nonce) {
  const core::byte where = from.byte();
  if (where < 128) return;
  core::byte& one = nonce.bytes[where % sizeof(nonce.bytes)];
  one = static_cast<core::byte>(one ^ from.byte());
}

std::uint64_t number(choices& from) {
  return little_endian<std::uint64_t>(from);
}

std::uint32_t word(choices& from) {
  return little_endian<std::uint32_t>(from);
}

}  // namespace corogram::fuzz
