#pragma once

// Where random bytes come from: an interface that is handed to every machine that needs them.

#include <corogram/core/bytes.hpp>
#include <corogram/core/endian.hpp>

#include <array>
#include <concepts>
#include <cstdint>

namespace corogram::core {

/// A source of random bytes. The library's own is `crypto::system_random`.
/// Threads: not safe unless the implementation says so.
class random_source {
 public:
  virtual ~random_source() = default;
  /// fill overwrites all of `bytes`. It cannot fail: a source without entropy ends the program.
  virtual void fill(byte_span bytes) noexcept = 0;

  template <std::size_t N>
  [[nodiscard]] std::array<byte, N> array() noexcept {
    std::array<byte, N> bytes;
    fill(bytes);
    return bytes;
  }

  template <std::integral T>
  [[nodiscard]] T integer() noexcept {
    std::array<byte, sizeof(T)> bytes;
    fill(bytes);
    return load_le<T>(bytes.data());
  }
};

/// A reproducible stream of bytes from a seed (SplitMix64): for tests, fuzzers and simulation, and
/// never for keys. See Steele, Lea, Flood, "Fast splittable pseudorandom number generators" (2014).
class test_random final : public random_source {
 public:
  explicit test_random(std::uint64_t seed) noexcept : state_(seed) {}
  void fill(byte_span bytes) noexcept override;

  /// next returns 64 bits of the stream.
  std::uint64_t next() noexcept;
  /// below returns a number in [0, bound). Pre: bound > 0. The slight bias does not matter here.
  std::uint64_t below(std::uint64_t bound) noexcept { return next() % bound; }

 private:
  std::uint64_t state_;
};

}  // namespace corogram::core
