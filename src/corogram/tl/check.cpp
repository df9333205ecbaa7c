#include <corogram/tl/check.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <unordered_map>

namespace corogram::tl {
namespace {

// Known without a declaration.
constexpr std::array<std::string_view, 7> built_in_constructors = {
    "int", "long", "double", "string", "bytes", "int128", "int256"};
constexpr std::array<std::string_view, 2> built_in_types = {"Object", "Type"};

struct type_info {
  std::size_t arguments = 0;
  std::size_t constructors = 0;
};

class checker {
 public:
  void declare(const schema& text) {
    for (const type_rule& rule : text.rules) types_.try_emplace(rule.type);
    for (const combinator& one : text.constructors) {
      type_info& type = types_[one.result.name];
      type.arguments = one.result.arguments.size();
      // A form of an older layer is no second constructor of its type.
      if (one.until_layer == 0) ++type.constructors;
      constructors_.emplace(one.name, one.result.arguments.size());
    }
  }

  core::result<void> check(const combinator& one) const {
    for (const field& argument : one.fields) COROGRAM_CHECK(check(argument));
    return check(one.result);
  }

 private:
  // Both recursions are as deep as the parser's, which is bounded.
  core::result<void> check(const field& one) const {
    for (const field& inner : one.fields) COROGRAM_CHECK(check(inner));
    return one.repeated ? core::result<void>() : check(one.type);
  }

  core::result<void> check(const expression& node) const {
    for (const expression& argument : node.arguments) COROGRAM_CHECK(check(argument));
    if (node.kind != expression_kind::type && node.kind != expression_kind::constructor) return {};

    const std::size_t offset = node.where.value;
    const std::optional<std::size_t> wanted = node.kind == expression_kind::type
                                                  ? type_arguments(node.name)
                                                  : constructor_arguments(node.name);
    if (!wanted) return core::error(schema_errc::unknown_name, offset, "a declared type");
    if (*wanted != node.arguments.size()) {
      return core::error(schema_errc::wrong_arity, offset, "the arguments of the declaration");
    }
    //= TL-22
    if (node.percent && constructors_of(node.name) != 1) {
      return core::error(schema_errc::not_bare, offset, "a type with one constructor");
    }
    return {};
  }

  std::optional<std::size_t> type_arguments(std::string_view name) const {
    if (std::ranges::find(built_in_types, name) != built_in_types.end()) return 0;
    const auto found = types_.find(name);
    return found == types_.end() ? std::nullopt : std::optional(found->second.arguments);
  }

  std::optional<std::size_t> constructor_arguments(std::string_view name) const {
    if (std::ranges::find(built_in_constructors, name) != built_in_constructors.end()) return 0;
    const auto found = constructors_.find(name);
    return found == constructors_.end() ? std::nullopt : std::optional(found->second);
  }

  std::size_t constructors_of(std::string_view type) const {
    const auto found = types_.find(type);
    return found == types_.end() ? 0 : found->second.constructors;
  }

  std::unordered_map<std::string_view, type_info> types_;
  std::unordered_map<std::string_view, std::size_t> constructors_;
};

}  // namespace

core::result<void> check_types(const schema& text, std::span<const schema* const> others) {
  checker all;
  for (const schema* other : others) all.declare(*other);
  all.declare(text);
  for (const combinator& one : text.constructors) COROGRAM_CHECK(all.check(one));
  for (const combinator& one : text.functions) COROGRAM_CHECK(all.check(one));
  return {};
}

const combinator* bare_constructor(const schema& text, const expression& type) noexcept {
  if (type.kind == expression_kind::constructor) return text.find_constructor(type.name);
  if (type.kind != expression_kind::type || !type.percent) return nullptr;
  const auto found = std::ranges::find_if(
      text.constructors, [&](const combinator& one) { return one.result.name == type.name; });
  return found == text.constructors.end() ? nullptr : &*found;
}

}  // namespace corogram::tl
