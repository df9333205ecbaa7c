#pragma once

// What can only be checked when all declarations are known.

#include <corogram/core/result.hpp>
#include <corogram/tl/schema.hpp>
#include <corogram/tl/schema_errc.hpp>

#include <span>

namespace corogram::tl {

/// check_types looks up every type that the declarations of `text` use: it must be declared in
/// `text` or in one of `others` (or be built in), with the same number of arguments, and a bare
/// form `%T` must have exactly one constructor.
/// Errors: schema_errc unknown_name, wrong_arity, not_bare; the offset is one in the text of
/// `text`.
[[nodiscard]] core::result<void> check_types(const schema& text,
                                             std::span<const schema* const> others = {});

/// bare_constructor returns the constructor that a bare type means: `message` for both `message`
/// and `%Message`. nullptr for a boxed type and for names that `text` does not declare.
[[nodiscard]] const combinator* bare_constructor(const schema& text,
                                                 const expression& type) noexcept;

}  // namespace corogram::tl
