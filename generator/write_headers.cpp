// The generated headers.

#include "writers.hpp"

#include <algorithm>
#include <functional>
#include <sstream>

namespace corogram::generator {
namespace {

std::string file_name(const name& of) {
  return (of.space.empty() ? "" : of.space + "/") + of.local + ".hpp";
}

std::string cpp_namespace(const model& schema, const std::string& space) {
  return "corogram::" + schema.schema_name + (space.empty() ? "" : "::" + space);
}

std::string hex(std::uint32_t id) {
  std::ostringstream text;
  text << "0x" << std::hex << id;
  return text.str();
}

/// Prints one declaration as a struct.
class struct_printer {
 public:
  struct_printer(const model& schema, std::size_t index)
      : schema_(schema), owner_(schema.declarations[index]), index_(index) {}

  std::string print() const;

 private:
  void print_field(const member& field, std::ostream& out) const;
  void print_flag(const member& field, std::ostream& out) const;
  void print_presence_accessors(const member& field, std::ostream& out) const;
  std::string flags_word(const member& field) const {
    return owner_.members[field.flags_field].cpp_name;
  }
  static std::string mask(const member& field) {
    return "(1U << " + std::to_string(field.bit) + ")";
  }

  const model& schema_;
  const declaration& owner_;
  std::size_t index_;
};

std::string struct_printer::print() const {
  std::ostringstream out;
  const std::string& local = owner_.name.local;
  out << "/// " << owner_.text << "\n"
      << "struct " << local;
  if (owner_.has_member_of_its_name) out << " : private tl::not_an_aggregate<" << local << ">";
  out << " {\n"
      << "  static constexpr std::uint32_t tl_id = " << hex(owner_.id) << ";\n"
      << "  static constexpr std::uint16_t tl_index = " << index_ << ";\n";
  if (owner_.is_function)
    out << "  using result_type = " << owner_.result_type << ";\n";
  else
    out << "  using tl_type = " << qualified(schema_, schema_.types[owner_.type].name) << ";\n";
  if (!owner_.members.empty()) out << "\n";
  for (const member& field : owner_.members)
    if (!field.is_presence()) print_field(field, out);
  if (!owner_.has_member_of_its_name) out << "\n  " << local << "() = default;\n";
  bool spaced = false;
  for (const member& field : owner_.members) {
    if (field.bit == tl::field_row::always) continue;
    if (!spaced) out << "\n";
    spaced = true;
    if (field.is_presence())
      print_flag(field, out);
    else
      print_presence_accessors(field, out);
  }
  out << "};\n";
  return out.str();
}

void struct_printer::print_field(const member& field, std::ostream& out) const {
  out << "  " << field.cpp_type << " " << field.cpp_name;
  switch (field.value.kind) {
    case tl::value_kind::word:
    case tl::value_kind::int32:
    case tl::value_kind::int64:
    case tl::value_kind::float64:
      out << " = 0";
      break;
    case tl::value_kind::boolean:
      out << " = false";
      break;
    default:
      break;
  }
  out << ";\n";
}

void struct_printer::print_flag(const member& field, std::ostream& out) const {
  const std::string word = flags_word(field);
  out << "  bool " << field.cpp_name << "() const noexcept { return (" << word << " & "
      << mask(field) << ") != 0; }\n"
      << "  void " << field.set_name << "(bool on_ = true) noexcept { " << word << " = on_ ? "
      << word << " | " << mask(field) << " : " << word << " & ~" << mask(field) << "; }\n";
}

void struct_printer::print_presence_accessors(const member& field, std::ostream& out) const {
  const std::string word = flags_word(field);
  const bool whole = field.bit == tl::field_row::non_zero;
  const std::string present = whole ? word + " != 0" : "(" + word + " & " + mask(field) + ") != 0";
  const std::string set =
      whole ? "if (" + word + " == 0) " + word + " = 1;" : word + " |= " + mask(field) + ";";
  out << "  bool " << field.has_name << "() const noexcept { return " << present << "; }\n";
  // Assigning a string, vector or box takes a template, so that a file that does not call it does
  // not pay for instantiating the types behind it.
  const bool plain = !is_owning(schema_, field.value) && field.value.kind != tl::value_kind::bare;
  if (plain)
    out << "  void " << field.set_name << "(" << field.cpp_type << " value_) noexcept { "
        << field.cpp_name << " = value_; " << set << " }\n";
  else
    out << "  template <class V = " << field.cpp_type << ">\n"
        << "  void " << field.set_name << "(V&& value_) { " << field.cpp_name
        << " = static_cast<V&&>(value_); " << set << " }\n";
}

/// Prints a header with one or more structs.
class header_printer {
 public:
  explicit header_printer(const model& schema) : schema_(schema) {}

  /// Pre: the structs are in one namespace.
  std::string print(const std::vector<std::size_t>& declarations, const abstract_type* type) const;

 private:
  void need(tl::value_type value, const abstract_type* here, std::set<std::string>& includes,
            std::map<std::string, std::set<std::string>>& forward) const;

  const model& schema_;
};

/// need notes what a member's type wants: the name of a boxed type, the header of a bare one. Bare
/// elements of a vector need a name too: their header may be the one that includes this.
void header_printer::need(tl::value_type value, const abstract_type* here,
                          std::set<std::string>& includes,
                          std::map<std::string, std::set<std::string>>& forward) const {
  if (value.kind == tl::value_kind::vector) {
    const tl::value_type element = schema_.values[value.type].value;
    need(element, here, includes, forward);
    if (element.kind == tl::value_kind::bare) {
      const name& constructor = schema_.declarations[element.type].name;
      forward[constructor.space].insert(constructor.local);
    }
  } else if (value.kind == tl::value_kind::box) {
    const name& type = schema_.types[value.type].name;
    forward[type.space].insert(type.local);
  } else if (value.kind == tl::value_kind::bare) {
    const abstract_type& type = schema_.types[schema_.declarations[value.type].type];
    if (&type != here) includes.insert(type_header(schema_, type));
  }
}

std::string header_printer::print(const std::vector<std::size_t>& declarations,
                                  const abstract_type* type) const {
  std::set<std::string> includes = {"corogram/" + schema_.schema_name + "/fwd.hpp"};
  std::map<std::string, std::set<std::string>> forward;
  for (const std::size_t index : declarations) {
    const declaration& entry = schema_.declarations[index];
    for (const member& field : entry.members) need(field.value, type, includes, forward);
    if (entry.is_function) need(schema_.values[entry.type].value, type, includes, forward);
  }
  const std::string& space =
      type != nullptr ? type->name.space : schema_.declarations[declarations.front()].name.space;
  std::ostringstream out;
  out << "#pragma once\n\n";
  for (const std::string& path : includes) out << "#include <" << path << ">\n";
  out << "\n";
  for (const auto& [in, names] : forward) {
    out << "namespace " << cpp_namespace(schema_, in) << " {\n";
    for (const std::string& local : names) out << "struct " << local << ";\n";
    out << "}\n\n";
  }
  out << "namespace " << cpp_namespace(schema_, space) << " {\n";
  if (type != nullptr)
    out << "\n/// The name of an abstract type, for tl::box; there are no objects of it.\n"
        << "struct " << type->name.local << " {\n"
        << "  static constexpr std::uint16_t tl_index = " << (type - schema_.types.data()) << ";\n"
        << "  " << type->name.local << "() = delete;\n"
        << "};\n";
  for (const std::size_t index : declarations)
    out << "\n" << struct_printer(schema_, index).print();
  out << "\n}  // namespace " << cpp_namespace(schema_, space) << "\n";
  return out.str();
}

/// The constructors of a type, those that others contain first.
std::vector<std::size_t> constructors_in_order(const model& schema, const abstract_type& type) {
  std::vector<std::size_t> order;
  const std::function<void(std::size_t)> visit = [&](std::size_t index) {
    if (index < type.first || index >= std::size_t{type.first} + type.count ||
        std::ranges::find(order, index) != order.end())
      return;
    for (const member& field : schema.declarations[index].members)
      if (field.value.kind == tl::value_kind::bare) visit(field.value.type);
    order.push_back(index);
  };
  for (std::size_t i = 0; i < type.count; ++i) visit(type.first + i);
  return order;
}

std::string print_fwd(const model& schema) {
  std::ostringstream out;
  out << "#pragma once\n\n"
      << "#include <corogram/tl/box.hpp>\n"
      << "#include <corogram/tl/int128.hpp>\n"
      << "#include <corogram/tl/not_an_aggregate.hpp>\n"
      << "#include <corogram/tl/string.hpp>\n"
      << "#include <corogram/tl/vector.hpp>\n\n"
      << "#include <cstdint>\n\n"
      << "namespace corogram::" << schema.schema_name << " {\n\n"
      << "/// tables describes this schema to the interpreters.\n"
      << "const tl::tables& tables() noexcept;\n\n"
      << "/// How the runtime types find the tables: by argument-dependent look-up.\n"
      << "inline const tl::tables& tl_tables(const void*) noexcept { return tables(); }\n\n";
  for (const std::string& space : schema.spaces)
    out << "namespace " << space << " {\nusing " << schema.schema_name << "::tl_tables;\n}\n";
  out << "\n}  // namespace corogram::" << schema.schema_name << "\n";
  return out.str();
}

std::string print_includes(const std::set<std::string>& paths) {
  std::string out = "#pragma once\n\n";
  for (const std::string& path : paths) out += "#include <" + path + ">\n";
  return out;
}

}  // namespace

std::string type_header(const model& schema, const abstract_type& type) {
  return "corogram/" + schema.schema_name + "/types/" + file_name(type.name);
}

std::string function_header(const model& schema, const declaration& function) {
  return "corogram/" + schema.schema_name + "/functions/" + file_name(function.name);
}

void write_headers(const model& schema, output& files) {
  const header_printer printer(schema);
  const std::string folder = "corogram/" + schema.schema_name + "/";
  // By the namespace headers; those without a namespace have two.
  std::map<std::string, std::set<std::string>> groups = {{"types", {}}, {"functions", {}}};
  for (const std::string& space : schema.spaces) {
    if (groups.contains(space) || space == schema.schema_name || space == "fwd")
      throw failure(0, "the header of namespace `" + space + "` would hide another one");
    groups[space] = {};
  }
  for (const abstract_type& type : schema.types) {
    const std::string path = type_header(schema, type);
    files.add(path.substr(folder.size()),
              printer.print(constructors_in_order(schema, type), &type));
    groups[type.name.space.empty() ? "types" : type.name.space].insert(path);
  }
  for (std::size_t i = schema.constructor_count; i < schema.declarations.size(); ++i) {
    const declaration& function = schema.declarations[i];
    const std::string path = function_header(schema, function);
    files.add(path.substr(folder.size()), printer.print({i}, nullptr));
    groups[function.name.space.empty() ? "functions" : function.name.space].insert(path);
  }
  std::set<std::string> all;
  for (const auto& [group, paths] : groups) {
    files.add(group + ".hpp", print_includes(paths));
    all.insert(folder + group + ".hpp");
  }
  files.add(schema.schema_name + ".hpp", print_includes(all));
  files.add("fwd.hpp", print_fwd(schema));
}

}  // namespace corogram::generator
