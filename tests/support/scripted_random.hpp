#pragma once

// A random source that says what the test wants it to say.

#include <corogram/core/bytes.hpp>
#include <corogram/core/random.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <utility>

namespace corogram::test {

/// Gives out the bytes of a script in order. A draw beyond its end ends the test program, so that a
/// test cannot pass on randomness that it did not foresee.
class scripted_random final : public core::random_source {
 public:
  explicit scripted_random(core::byte_buffer script) : script_(std::move(script)) {}

  void fill(core::byte_span bytes) noexcept override {
    if (bytes.size() > left()) std::abort();
    std::copy_n(script_.begin() + static_cast<std::ptrdiff_t>(used_), bytes.size(), bytes.begin());
    used_ += bytes.size();
  }

  /// left is how much of the script nobody has asked for yet.
  [[nodiscard]] std::size_t left() const noexcept { return script_.size() - used_; }

 private:
  core::byte_buffer script_;
  std::size_t used_ = 0;
};

}  // namespace corogram::test
