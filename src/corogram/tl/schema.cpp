#include <corogram/tl/schema.hpp>

namespace corogram::tl {
namespace {

template <class Named>
const Named* find_by_name(const std::vector<Named>& all, std::string_view wanted) noexcept {
  for (const Named& one : all) {
    if (one.name == wanted) return &one;
  }
  return nullptr;
}

}  // namespace

const field* combinator::find_field(std::string_view wanted) const noexcept {
  return find_by_name(fields, wanted);
}

const combinator* schema::find_constructor(std::string_view name) const noexcept {
  return find_by_name(constructors, name);
}

const combinator* schema::find_function(std::string_view name) const noexcept {
  return find_by_name(functions, name);
}

std::string_view name_namespace(std::string_view full_name) noexcept {
  const std::size_t dot = full_name.find('.');
  return dot == std::string_view::npos ? std::string_view() : full_name.substr(0, dot);
}

std::string_view name_local(std::string_view full_name) noexcept {
  const std::size_t dot = full_name.find('.');
  return dot == std::string_view::npos ? full_name : full_name.substr(dot + 1);
}

}  // namespace corogram::tl
