#pragma once

// The random source of programs. Everything below the shell is handed one and never makes its own.

#include <corogram/core/random.hpp>

namespace corogram::crypto {

/// OpenSSL's generator for private values, seeded by the operating system.
/// Threads: safe to use from several at once.
class system_random final : public core::random_source {
 public:
  /// fill ends the program if the generator cannot be seeded.
  void fill(core::byte_span bytes) noexcept override;
};

}  // namespace corogram::crypto
