#pragma once

// What every fuzz target is made of.

#include <corogram/core/bytes.hpp>
#include <corogram/core/error.hpp>

#include <cstddef>
#include <cstdint>

namespace corogram::fuzz {

/// run is the target: each file of this folder defines it once. An exception that leaves it is a
/// crash, like everything that the sanitizers report. `input` ends where its heap block ends.
void run(core::byte_view input) noexcept;

/// require stops the fuzzer unless `holds`. `property` is what it then prints.
void require(bool holds, const char* property) noexcept;

/// require_within demands that an error names no position, or one of an input of `size` bytes.
void require_within(const core::error& failure, std::size_t size) noexcept;

/// The bytes of an input in order of use: choices first, then what a peer sends. No call draws two
/// of its arguments: compilers differ in which they evaluate first, and would read a seed in ways
/// of their own.
class choices {
 public:
  explicit choices(core::byte_view input) noexcept : rest_(input) {}

  /// byte returns the next byte, 0 at the end.
  core::byte byte() noexcept {
    if (rest_.empty()) return 0;
    const core::byte first = rest_.front();
    rest_ = rest_.subspan(1);
    return first;
  }

  /// below returns a number in [0, bound). Pre: 0 < bound <= 65536.
  std::size_t below(std::size_t bound) noexcept {
    const std::size_t low = byte();
    return (bound <= 256 ? low : low + std::size_t{256} * byte()) % bound;
  }

  bool flag() noexcept { return (byte() & 1) != 0; }

  /// take returns the next `size` bytes, or what is left of them.
  core::byte_view take(std::size_t size) noexcept {
    const core::byte_view taken = rest_.first(size < rest_.size() ? size : rest_.size());
    rest_ = rest_.subspan(taken.size());
    return taken;
  }

  [[nodiscard]] core::byte_view rest() const noexcept { return rest_; }
  [[nodiscard]] bool empty() const noexcept { return rest_.empty(); }

 private:
  core::byte_view rest_;
};

/// in_pieces calls `use` with all of `whole`, in pieces of 1 to 64 bytes chosen by `seed`, or in
/// one piece if that is 0. Each piece has a heap block of its own, so that reading past it is
/// noticed.
template <class Use>
void in_pieces(core::byte_view whole, std::uint64_t seed, Use use) {
  while (!whole.empty()) {
    seed = seed * 6364136223846793005u + (seed == 0 ? 0 : 1442695040888963407u);
    const std::size_t size = seed == 0 ? whole.size() : std::size_t{1} + (seed >> 58);
    const core::byte_view piece = whole.first(size < whole.size() ? size : whole.size());
    whole = whole.subspan(piece.size());
    const core::byte_buffer block(piece.begin(), piece.end());
    use(core::byte_view(block));
  }
}

}  // namespace corogram::fuzz
