// The generated tables, and the test of their offsets.

#include "writers.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <sstream>

namespace corogram::generator {
namespace {

/// All names one after the other, each once, with a zero after each.
class name_blob {
 public:
  std::uint32_t add(const std::string& word) {
    const auto [found, is_new] = offsets_.emplace(word, static_cast<std::uint32_t>(size_));
    if (is_new) {
      words_.push_back(word);
      size_ += word.size() + 1;
    }
    return found->second;
  }

  [[nodiscard]] std::string print() const {
    std::string out;
    std::string line;
    for (const std::string& word : words_) {
      line += word + "\\0";
      if (line.size() < 80) continue;
      out += "    \"" + line + "\"\n";
      line.clear();
    }
    return out + "    \"" + line + "\"";
  }

 private:
  std::map<std::string, std::uint32_t> offsets_;
  std::vector<std::string> words_;
  std::size_t size_ = 0;
};

std::string print_value(tl::value_type value) {
  static constexpr std::string_view kinds[] = {
      "word",     "int32",  "int64", "float64", "bytes16", "bytes32", "boolean",
      "presence", "string", "bytes", "raw",     "box",     "bare",    "vector"};
  return "{k::" + std::string(kinds[static_cast<std::size_t>(value.kind)]) + ", " +
         (value.numbered ? "true" : "false") + ", " + std::to_string(value.type) + "}";
}

const char* truth(bool value) {
  return value ? "true" : "false";
}

class table_printer {
 public:
  explicit table_printer(const model& schema) : schema_(schema) {}

  /// print writes the arrays, and the function `tables` that gives access to them.
  std::string print();

 private:
  void print_fields();
  void print_combinators();
  void print_types();
  void print_values();
  void print_slots();
  void print_sorted(const char* name, std::size_t begin, std::size_t end);
  /// C++ has no array without elements.
  static std::string array(const char* name, bool has_elements) {
    return has_elements ? name : "{}";
  }

  const model& schema_;
  name_blob names_;
  std::ostringstream out_;
  bool has_fields_ = false;
};

std::string table_printer::print() {
  out_ << "namespace {\n\n"
       << "using k = tl::value_kind;\n\n";
  print_fields();
  print_combinators();
  print_types();
  print_values();
  print_slots();
  print_sorted("constructors_by_name", 0, schema_.constructor_count);
  print_sorted("functions_by_name", schema_.constructor_count, schema_.declarations.size());
  out_ << "constexpr char names[] =\n"
       << names_.print() << ";\n\n"
       << "}  // namespace\n\n"
       << "const tl::tables& tables() noexcept {\n"
       << "  static constexpr tl::tables all = {\n"
       << "      .schema_name = \"" << schema_.schema_name << "\",\n"
       << "      .layer = " << schema_.layer << ",\n"
       << "      .combinators = combinators,\n"
       << "      .constructor_count = " << schema_.constructor_count << ",\n"
       << "      .fields = " << array("fields", has_fields_) << ",\n"
       << "      .field_names = " << array("field_names", has_fields_) << ",\n"
       << "      .types = types,\n"
       << "      .values = values,\n"
       << "      .slots = slots,\n"
       << "      .constructors_by_name = "
       << array("constructors_by_name", schema_.constructor_count != 0) << ",\n"
       << "      .functions_by_name = "
       << array("functions_by_name", schema_.declarations.size() != schema_.constructor_count)
       << ",\n"
       << "      .names = names,\n"
       << "  };\n"
       << "  return all;\n"
       << "}\n";
  return out_.str();
}

// Field names come first in the blob: their offsets have 16 bits.
void table_printer::print_fields() {
  has_fields_ = std::ranges::any_of(
      schema_.declarations, [](const declaration& entry) { return !entry.members.empty(); });
  if (!has_fields_) return;
  std::ostringstream field_names;
  std::size_t count = 0;
  out_ << "constexpr tl::field_row fields[] = {\n";
  for (const declaration& entry : schema_.declarations) {
    if (entry.members.empty()) continue;
    out_ << "    // " << entry.name.full << "\n";
    for (const member& field : entry.members) {
      out_ << "    {" << field.offset << ", " << unsigned{field.bit} << ", "
           << unsigned{field.flags_field} << ", " << print_value(field.value) << "},\n";
      const std::uint32_t offset = names_.add(field.schema_name);
      if (offset > std::numeric_limits<std::uint16_t>::max())
        throw failure(0, "more names of fields than the tables can hold");
      field_names << (count++ % 12 == 0 ? "\n    " : " ") << offset << ",";
    }
  }
  if (count > std::numeric_limits<std::uint16_t>::max())
    throw failure(0, "more fields than the tables can number");
  out_ << "};\n\nconstexpr std::uint16_t field_names[] = {" << field_names.str() << "\n};\n\n";
}

void table_printer::print_combinators() {
  out_ << "constexpr tl::combinator_row combinators[] = {\n" << std::hex << std::showbase;
  std::size_t first_field = 0;
  for (const declaration& entry : schema_.declarations) {
    out_ << "    {" << entry.id << std::dec << ", " << names_.add(entry.name.full) << ", "
         << first_field << ", " << entry.size << ", " << entry.type << ", " << entry.min_wire_size
         << ", " << entry.members.size() << ", " << truth(entry.is_function) << ", "
         << truth(entry.fits_box) << ", " << truth(entry.is_wrapper) << "},  // " << entry.name.full
         << std::hex << "\n";
    first_field += entry.members.size();
  }
  out_ << std::dec << std::noshowbase << "};\n\n";
}

void table_printer::print_types() {
  out_ << "constexpr tl::type_row types[] = {\n";
  for (const abstract_type& type : schema_.types)
    out_ << "    {" << names_.add(type.name.full) << ", " << type.first << ", " << type.count
         << "},  // " << type.name.full << "\n";
  out_ << "};\n\n";
}

void table_printer::print_values() {
  out_ << "constexpr tl::value_type values[] = {\n";
  for (const value_entry& entry : schema_.values)
    out_ << "    " << print_value(entry.value) << ",\n";
  out_ << "};\n\n";
}

void table_printer::print_slots() {
  const std::size_t count = std::bit_ceil(schema_.declarations.size() * 3 / 2 + 1);
  std::vector<tl::id_slot> slots(count, {0, tl::id_slot::unused, tl::id_slot::unused});
  for (std::size_t i = 0; i < schema_.declarations.size(); ++i) {
    const declaration& entry = schema_.declarations[i];
    std::size_t at = entry.id & (count - 1);
    while (slots[at].combinator != tl::id_slot::unused) {
      if (slots[at].id == entry.id)
        throw failure(entry.where,
                      "`" + entry.name.full + "` and another declaration have one number");
      at = (at + 1) & (count - 1);
    }
    slots[at] = {entry.id, static_cast<std::uint16_t>(i),
                 entry.is_function ? tl::id_slot::unused : entry.type};
  }
  out_ << "constexpr tl::id_slot slots[] = {\n";
  for (const tl::id_slot& slot : slots)
    out_ << "    {" << std::hex << "0x" << slot.id << std::dec << ", " << slot.combinator << ", "
         << slot.type << "},\n";
  out_ << "};\n\n";
}

void table_printer::print_sorted(const char* name, std::size_t begin, std::size_t end) {
  if (begin == end) return;
  std::vector<std::size_t> order;
  for (std::size_t i = begin; i < end; ++i) order.push_back(i);
  std::ranges::sort(order, {},
                    [this](std::size_t index) { return schema_.declarations[index].name.full; });
  out_ << "constexpr std::uint16_t " << name << "[] = {";
  for (std::size_t i = 0; i < order.size(); ++i)
    out_ << (i % 12 == 0 ? "\n    " : " ") << order[i] << ",";
  out_ << "\n};\n\n";
}

}  // namespace

void write_tables(const model& schema, output& files) {
  files.add("tables.cpp", "#include <corogram/" + schema.schema_name + "/fwd.hpp>\n" +
                              "#include <corogram/tl/tables.hpp>\n\n" + "namespace corogram::" +
                              schema.schema_name + " {\n" + table_printer(schema).print() +
                              "\n}  // namespace corogram::" + schema.schema_name + "\n");
}

void write_layers(const std::vector<model>& layers, output& files) {
  const std::string& name = layers.front().schema_name;
  std::ostringstream header;
  header << "#pragma once\n\n"
         << "#include <corogram/tl/convert.hpp>\n\n"
         << "#include <span>\n\n"
         << "namespace corogram::" << name << " {\n\n"
         << "/// layers describes what was otherwise in older layers, by ascending layers.\n"
         << "std::span<const tl::older_layer> layers() noexcept;\n\n"
         << "}  // namespace corogram::" << name << "\n";
  files.add(name + ".hpp", header.str());

  std::ostringstream source;
  source << "#include <corogram/" << name << "/" << name << ".hpp>\n"
         << "#include <corogram/tl/tables.hpp>\n\n"
         << "namespace corogram::" << name << " {\n";
  for (const model& layer : layers)
    source << "\nnamespace layer_" << layer.layer << " {\n"
           << table_printer(layer).print() << "}  // namespace layer_" << layer.layer << "\n";
  source << "\nstd::span<const tl::older_layer> layers() noexcept {\n"
         << "  static const tl::older_layer all[] = {\n";
  for (const model& layer : layers)
    source << "      {" << layer.layer << ", &layer_" << layer.layer << "::tables()},\n";
  source << "  };\n  return all;\n}\n\n}  // namespace corogram::" << name << "\n";
  files.add(name + ".cpp", source.str());
}

void write_layout_test(const model& schema, output& files) {
  std::ostringstream out;
  out << "#include <corogram/" << schema.schema_name << "/" << schema.schema_name << ".hpp>\n\n"
      << "#include <cstddef>\n\n"
      << "namespace corogram {\n\n";
  for (const declaration& entry : schema.declarations) {
    const std::string cpp = qualified(schema, entry.name);
    out << "static_assert(sizeof(" << cpp << ") == " << entry.size << ");\n"
        << "static_assert(tl::detail::fits_box<" << cpp << "> == " << truth(entry.fits_box)
        << ");\n"
        << "static_assert(!__is_aggregate(" << cpp << "));\n";
    for (const member& field : entry.members)
      if (!field.is_presence())
        out << "static_assert(offsetof(" << cpp << ", " << field.cpp_name << ") == " << field.offset
            << ");\n";
  }
  out << "\n}  // namespace corogram\n";
  files.add("layout_test.cpp", out.str());
}

}  // namespace corogram::generator
