#pragma once

// Bytes that must not outlive their use, be printed, or be compared byte by byte.

#include <corogram/core/bytes.hpp>

#include <array>
#include <cstddef>
#include <ostream>
#include <utility>

namespace corogram::core {

/// wipe overwrites `bytes` with zeros in a way that the compiler cannot leave out.
void wipe(byte_span bytes) noexcept;

/// equal_constant_time compares in a time that depends on the lengths alone.
/// Different lengths (which are public) compare unequal.
[[nodiscard]] bool equal_constant_time(byte_view a, byte_view b) noexcept;

/// N secret bytes. Wiped when destroyed or moved from; copied only on request; prints as "***".
template <std::size_t N>
class secret_array {
 public:
  /// All zero.
  secret_array() noexcept : bytes_{} {}

  /// Pre: `source` has N bytes. The caller wipes his own copy.
  explicit secret_array(std::span<const byte, N> source) noexcept {
    std::copy(source.begin(), source.end(), bytes_.begin());
  }

  secret_array(secret_array&& other) noexcept : bytes_(other.bytes_) { wipe(other.bytes_); }
  secret_array& operator=(secret_array&& other) noexcept {
    if (this != &other) {
      bytes_ = other.bytes_;
      wipe(other.bytes_);
    }
    return *this;
  }
  secret_array(const secret_array&) = delete;
  secret_array& operator=(const secret_array&) = delete;
  ~secret_array() { wipe(bytes_); }

  /// clone makes a second owner of the same secret, visibly.
  [[nodiscard]] secret_array clone() const noexcept {
    return secret_array(std::span<const byte, N>(bytes_));
  }

  [[nodiscard]] static constexpr std::size_t size() noexcept { return N; }
  [[nodiscard]] std::span<const byte, N> view() const noexcept { return bytes_; }
  [[nodiscard]] std::span<byte, N> span() noexcept { return bytes_; }

  friend bool operator==(const secret_array& a, const secret_array& b) noexcept {
    return equal_constant_time(a.bytes_, b.bytes_);
  }
  friend std::ostream& operator<<(std::ostream& out, const secret_array&) { return out << "***"; }

 private:
  std::array<byte, N> bytes_;
};

/// Secret bytes of a length known at run time. The length is public and fixed at construction, so
/// no reallocation can leave a copy behind.
class secret_buffer {
 public:
  secret_buffer() = default;
  explicit secret_buffer(std::size_t size) : bytes_(size) {}
  explicit secret_buffer(byte_view source) : bytes_(source.begin(), source.end()) {}

  secret_buffer(secret_buffer&& other) noexcept : bytes_(std::move(other.bytes_)) {}
  secret_buffer& operator=(secret_buffer&& other) noexcept {
    if (this != &other) {
      wipe(bytes_);
      bytes_ = std::move(other.bytes_);
    }
    return *this;
  }
  secret_buffer(const secret_buffer&) = delete;
  secret_buffer& operator=(const secret_buffer&) = delete;
  ~secret_buffer() { wipe(bytes_); }

  [[nodiscard]] secret_buffer clone() const { return secret_buffer(view()); }
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }
  [[nodiscard]] byte_view view() const noexcept { return bytes_; }
  [[nodiscard]] byte_span span() noexcept { return bytes_; }

  friend bool operator==(const secret_buffer& a, const secret_buffer& b) noexcept {
    return equal_constant_time(a.bytes_, b.bytes_);
  }
  friend std::ostream& operator<<(std::ostream& out, const secret_buffer&) { return out << "***"; }

 private:
  byte_buffer bytes_;
};

/// Wipes bytes that live elsewhere when the scope ends, on every path out of it.
class wipe_on_exit {
 public:
  explicit wipe_on_exit(byte_span bytes) noexcept : bytes_(bytes) {}
  wipe_on_exit(const wipe_on_exit&) = delete;
  wipe_on_exit& operator=(const wipe_on_exit&) = delete;
  ~wipe_on_exit() { wipe(bytes_); }

 private:
  byte_span bytes_;
};

}  // namespace corogram::core
