#pragma once

// The decoded answer to a request, in a form that can be empty: a completion handler gets one with
// an error, too.

#include <corogram/tl/codec.hpp>

#include <optional>
#include <utility>

namespace corogram::rpc {

/// A tl::decoded<T>, or nothing. Access to what is not there is a mistake of the caller.
/// Lifetime: references into the value live as long as the reply, also when that is moved.
template <class T>
class reply {
 public:
  reply() = default;
  explicit reply(tl::decoded<T> value) : value_(std::move(value)) {}

  [[nodiscard]] bool empty() const noexcept { return !value_.has_value(); }
  /// Pre: not empty.
  const T& operator*() const noexcept { return **value_; }
  const T* operator->() const noexcept { return value_->operator->(); }

 private:
  std::optional<tl::decoded<T>> value_;
};

}  // namespace corogram::rpc
