#pragma once

// A place in a list of tokens, for the parsers.

#include <corogram/core/result.hpp>
#include <corogram/tl/lexer.hpp>
#include <corogram/tl/schema_errc.hpp>

#include <cstddef>
#include <span>
#include <string_view>

namespace corogram::tl {

/// token_cursor walks over tokens. Pre: the last one is of kind `end`; the cursor stays there.
/// Lifetime: the tokens outlive it.
class token_cursor {
 public:
  explicit token_cursor(std::span<const token> tokens) noexcept : tokens_(tokens) {}

  [[nodiscard]] const token& current() const noexcept { return tokens_[at_]; }
  [[nodiscard]] token_kind kind() const noexcept { return current().kind; }
  [[nodiscard]] std::size_t offset() const noexcept { return current().offset; }

  /// kind_at looks `ahead` tokens further without moving.
  [[nodiscard]] token_kind kind_at(std::size_t ahead) const noexcept {
    return at_ + ahead < tokens_.size() ? tokens_[at_ + ahead].kind : token_kind::end;
  }

  void advance() noexcept {
    if (kind() != token_kind::end) ++at_;
  }

  /// expect steps over a token of this kind. Errors: schema_errc::syntax.
  core::result<void> expect(token_kind wanted, std::string_view expected) noexcept {
    if (kind() != wanted) return failure(schema_errc::syntax, expected);
    advance();
    return {};
  }

  /// failure is the error that stands at the current token.
  [[nodiscard]] core::error failure(schema_errc code, std::string_view expected) const noexcept {
    return {code, offset(), expected};
  }

 private:
  std::span<const token> tokens_;
  std::size_t at_ = 0;
};

}  // namespace corogram::tl
