#pragma once

// A schema as the generator sees it after `resolve`: every name looked up, every field placed in
// memory, every C++ name chosen. The writers (write_*.hpp) only print it.

#include <corogram/tl/schema.hpp>
#include <corogram/tl/tables.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace corogram::generator {

/// What is wrong with a schema that the parser took: the declaration says something that generated
/// code cannot hold. Offset: where in the text.
class failure : public std::runtime_error {
 public:
  failure(std::size_t offset, const std::string& what)
      : std::runtime_error(what), offset_(offset) {}
  [[nodiscard]] std::size_t offset() const noexcept { return offset_; }

 private:
  std::size_t offset_;
};

/// A name in the schema and in C++.
struct name {
  /// `auth.sentCode`.
  std::string full;
  /// `auth`, or nothing; as C++ has it.
  std::string space;
  /// `sentCode`, with an underscore where C++ or another name wants one.
  std::string local;
};

/// A field that is in the struct or, for `true` flags, behind an accessor.
struct member {
  /// As the schema has it (what the tables tell) and as the struct has it.
  std::string schema_name;
  std::string cpp_name;
  /// Of a conditional field: `has_url` (not of a `true` flag) and `set_url`.
  std::string has_name;
  std::string set_name;
  tl::value_type value;
  std::string cpp_type;
  std::size_t offset = 0;
  std::uint8_t bit = tl::field_row::always;
  /// Position of the flags word among the members.
  std::uint8_t flags_field = 0;

  [[nodiscard]] bool is_presence() const noexcept { return value.kind == tl::value_kind::presence; }
};

/// A constructor or a function.
struct declaration {
  generator::name name;
  /// Where in the text.
  std::size_t where = 0;
  std::uint32_t id = 0;
  /// The declaration as the text has it, in one line.
  std::string text;
  bool is_function = false;
  bool is_wrapper = false;
  /// Constructors: the abstract type. Functions: position of the result in `model::values`.
  std::uint16_t type = 0;
  std::string result_type;
  std::vector<member> members;
  std::size_t size = 0;
  std::size_t alignment = 1;
  std::size_t min_wire_size = 0;
  bool fits_box = false;
  /// A member has the name of the struct, which forbids a constructor (see not_an_aggregate).
  bool has_member_of_its_name = false;
};

/// An abstract type.
struct abstract_type {
  generator::name name;
  /// Positions in `model::declarations`.
  std::uint16_t first = 0;
  std::uint16_t count = 0;
};

/// A vector's element or a function's result, with its C++ spelling.
struct value_entry {
  tl::value_type value;
  std::string cpp_type;
  /// Where in the text it is first used.
  std::size_t where = 0;
};

struct model {
  /// The namespace below corogram: `service`.
  std::string schema_name;
  std::uint32_t layer = 0;
  /// Sorted by name.
  std::vector<abstract_type> types;
  /// Constructors, by type and then name, then functions by name.
  std::vector<declaration> declarations;
  std::uint16_t constructor_count = 0;
  std::vector<value_entry> values;
  /// The namespaces inside, in C++ spelling, sorted.
  std::set<std::string> spaces;
};

/// Whether a schema has to declare every type that it uses, or is laid over another one.
enum class completeness : std::uint8_t { complete, overlay };

/// resolve makes the model of a schema. `text` is what it was parsed from. Throws failure.
[[nodiscard]] model resolve(const tl::schema& tree, std::string_view text,
                            std::string_view schema_name,
                            completeness wanted = completeness::complete);

/// resolve_layers makes a model of each group of declarations under one UNTIL LAYER mark; the
/// model's layer is that of the mark. In the order of layers. Throws failure.
[[nodiscard]] std::vector<model> resolve_layers(const tl::schema& tree, std::string_view text,
                                                std::string_view schema_name);

/// choose_scope_names fills in the C++ names of types and declarations. Two rules: a name that C++
/// reserves gets an underscore at its end (`true_`), and so does the weaker of two names that meet
/// in one scope: namespaces are stronger than types, those than functions, those than constructors.
void choose_scope_names(model& schema);

/// choose_member_names does the same for members. Fields are stronger than the accessors of `true`
/// flags, those than `has_...` and `set_...`; all give way to the struct's own tl_id, tl_index,
/// tl_type and result_type.
void choose_member_names(model& schema);

/// lay_out places the members of all declarations as the C++ compiler will. Throws failure.
void lay_out(model& schema);

/// is_owning tells whether a value of this type may have something to release.
[[nodiscard]] bool is_owning(const model& schema, tl::value_type value);

/// qualified spells a name for use inside namespace corogram: `api::auth::sentCode`.
[[nodiscard]] std::string qualified(const model& schema, const name& wanted);

}  // namespace corogram::generator
