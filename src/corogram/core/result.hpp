#pragma once

// A value or an error, returned by everything that looks at bytes from a peer.

#include <corogram/core/error.hpp>

#include <cstdlib>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace corogram::core {

/// The outcome of a function that can fail: a T, or the error that says why there is none.
template <class T>
class [[nodiscard]] result {
 public:
  result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  result(core::error failure) : state_(std::in_place_index<1>, failure) {}
  template <class Errc>
    requires std::is_error_code_enum_v<Errc>
  result(Errc code) : state_(std::in_place_index<1>, core::error(code)) {}

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  /// Pre: has_value(). A wrong call is a mistake of ours and ends the program.
  T& operator*() & { return value(); }
  const T& operator*() const& { return const_cast<result&>(*this).value(); }
  T&& operator*() && { return std::move(value()); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &const_cast<result&>(*this).value(); }

  /// Pre: !has_value().
  [[nodiscard]] const core::error& error() const {
    if (has_value()) std::abort();
    return *std::get_if<1>(&state_);
  }

 private:
  T& value() {
    if (!has_value()) std::abort();
    return *std::get_if<0>(&state_);
  }

  std::variant<T, core::error> state_;
};

/// The outcome of a function that returns nothing but can fail.
template <>
class [[nodiscard]] result<void> {
 public:
  result() = default;
  result(core::error failure) : failure_(failure) {}
  template <class Errc>
    requires std::is_error_code_enum_v<Errc>
  result(Errc code) : failure_(core::error(code)) {}

  [[nodiscard]] bool has_value() const noexcept { return !failure_; }
  explicit operator bool() const noexcept { return has_value(); }

  /// Pre: !has_value().
  [[nodiscard]] const core::error& error() const {
    if (!failure_) std::abort();
    return *failure_;
  }

 private:
  std::optional<core::error> failure_;
};

}  // namespace corogram::core

#define COROGRAM_DETAIL_JOIN2(a, b) a##b
#define COROGRAM_DETAIL_JOIN(a, b) COROGRAM_DETAIL_JOIN2(a, b)
#define COROGRAM_DETAIL_TRY(outcome, declaration, expression) \
  auto outcome = (expression);                                \
  if (!outcome) return outcome.error();                       \
  declaration = *std::move(outcome)

/// COROGRAM_TRY(auto x, f()) declares x with f's value, or returns f's error to our caller.
#define COROGRAM_TRY(declaration, expression) \
  COROGRAM_DETAIL_TRY(COROGRAM_DETAIL_JOIN(outcome_, __LINE__), declaration, expression)

/// COROGRAM_CHECK(f()) goes on when f succeeds, or returns f's error to our caller.
#define COROGRAM_CHECK(expression)          \
  do {                                      \
    auto outcome_ = (expression);           \
    if (!outcome_) return outcome_.error(); \
  } while (false)
