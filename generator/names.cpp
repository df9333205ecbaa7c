// The C++ names of everything.

#include "model.hpp"

#include <algorithm>

namespace corogram::generator {
namespace {

constexpr std::string_view cpp_keywords[] = {
    "alignas",       "alignof",     "and",
    "and_eq",        "asm",         "auto",
    "bitand",        "bitor",       "bool",
    "break",         "case",        "catch",
    "char",          "char16_t",    "char32_t",
    "char8_t",       "class",       "co_await",
    "co_return",     "co_yield",    "compl",
    "concept",       "const",       "const_cast",
    "consteval",     "constexpr",   "constinit",
    "continue",      "decltype",    "default",
    "delete",        "do",          "double",
    "dynamic_cast",  "else",        "enum",
    "explicit",      "export",      "extern",
    "false",         "float",       "for",
    "friend",        "goto",        "if",
    "inline",        "int",         "long",
    "mutable",       "namespace",   "new",
    "noexcept",      "not",         "not_eq",
    "nullptr",       "operator",    "or",
    "or_eq",         "private",     "protected",
    "public",        "register",    "reinterpret_cast",
    "requires",      "return",      "short",
    "signed",        "sizeof",      "static",
    "static_assert", "static_cast", "struct",
    "switch",        "template",    "this",
    "thread_local",  "throw",       "true",
    "try",           "typedef",     "typeid",
    "typename",      "union",       "unsigned",
    "using",         "virtual",     "void",
    "volatile",      "wchar_t",     "while",
    "xor",           "xor_eq",
};

static_assert(std::ranges::is_sorted(cpp_keywords));

bool is_keyword(std::string_view word) {
  return std::ranges::binary_search(cpp_keywords, word);
}

std::string legal(std::string_view word) {
  return std::string(word) + (is_keyword(word) ? "_" : "");
}

/// claim takes a name in a scope, with as many underscores as make it unique there.
std::string claim(std::set<std::string>& scope, std::string_view word) {
  std::string chosen = legal(word);
  while (!scope.insert(chosen).second) chosen += '_';
  return chosen;
}

void split(name& into) {
  const std::string_view space = tl::name_namespace(into.full);
  into.space = space.empty() ? "" : legal(space);
}

/// The names that generated code uses everywhere, and which nothing may hide.
std::set<std::string> common_scope(const model& schema) {
  return {"std", "tl", "corogram", schema.schema_name};
}

void name_members(const model& schema, declaration& owner) {
  std::set<std::string> scope = common_scope(schema);
  scope.insert({"tl_id", "tl_index", "tl_type", "result_type"});
  for (member& field : owner.members)
    if (!field.is_presence()) field.cpp_name = claim(scope, field.schema_name);
  owner.has_member_of_its_name = scope.contains(owner.name.local);
  // A function of the struct's name would be a constructor.
  scope.insert(owner.name.local);
  for (member& field : owner.members)
    if (field.is_presence()) field.cpp_name = claim(scope, field.schema_name);
  for (member& field : owner.members) {
    if (field.bit == tl::field_row::always) continue;
    if (!field.is_presence()) field.has_name = claim(scope, "has_" + field.cpp_name);
    field.set_name = claim(scope, "set_" + field.cpp_name);
  }
}

}  // namespace

void choose_scope_names(model& schema) {
  for (abstract_type& type : schema.types) split(type.name);
  for (declaration& entry : schema.declarations) split(entry.name);

  std::map<std::string, std::set<std::string>> scopes;
  scopes[""] = common_scope(schema);
  scopes[""].insert({"tables", "tl_tables"});
  for (const abstract_type& type : schema.types) schema.spaces.insert(type.name.space);
  for (const declaration& entry : schema.declarations) schema.spaces.insert(entry.name.space);
  schema.spaces.erase("");
  for (const std::string& space : schema.spaces) {
    scopes[""].insert(space);
    scopes[space] = common_scope(schema);
    scopes[space].insert("tl_tables");
  }

  const auto name_it = [&scopes](name& entry) {
    entry.local = claim(scopes[entry.space], tl::name_local(entry.full));
  };
  for (abstract_type& type : schema.types) name_it(type.name);
  for (declaration& entry : schema.declarations)
    if (entry.is_function) name_it(entry.name);
  for (declaration& entry : schema.declarations)
    if (!entry.is_function) name_it(entry.name);
}

void choose_member_names(model& schema) {
  for (declaration& entry : schema.declarations) name_members(schema, entry);
}

}  // namespace corogram::generator
