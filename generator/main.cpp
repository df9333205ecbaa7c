// corogram_generator SCHEMA.tl NAME FOLDER: writes the types, functions and tables of a schema as
// namespace corogram::NAME into FOLDER, which has to end in corogram/NAME.
//
// corogram_generator --layers OLDER.tl NAME FOLDER: writes tables of the older forms in OLDER.tl,
// one for each UNTIL LAYER mark, as namespace corogram::NAME.

#include "model.hpp"
#include "output.hpp"
#include "writers.hpp"

#include <corogram/tl/parser.hpp>

#include <exception>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace corogram::generator {
namespace {

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream contents;
  contents << file.rdbuf();
  if (!file) throw std::runtime_error("cannot read " + path);
  return contents.str();
}

void write_schema(const tl::schema& tree, const std::string& text, const std::string& name,
                  const std::string& folder) {
  const model schema = resolve(tree, text, name);
  output files(folder);
  write_headers(schema, files);
  write_tables(schema, files);
  write_layout_test(schema, files);
  files.write("fwd.hpp");
}

void write_older(const tl::schema& tree, const std::string& text, const std::string& name,
                 const std::string& folder) {
  const std::vector<model> layers = resolve_layers(tree, text, name);
  if (layers.empty()) throw std::runtime_error("nothing is declared");
  output files(folder);
  write_layers(layers, files);
  files.write(name + ".hpp");
}

void generate(bool older, const std::string& path, const std::string& name,
              const std::string& folder) {
  const std::string text = read_file(path);
  const auto tree = tl::parse_schema(text);
  if (!tree) throw std::runtime_error(tl::describe(text, tree.error(), path));
  try {
    (older ? write_older : write_schema)(*tree, text, name, folder);
  } catch (const failure& problem) {
    const tl::text_position place = tl::locate(text, problem.offset());
    std::ostringstream message;
    message << path << ":" << place.line << ":" << place.column << ": " << problem.what();
    throw std::runtime_error(message.str());
  }
}

}  // namespace
}  // namespace corogram::generator

int main(int count, char** arguments) {
  const bool older = count == 5 && std::string_view(arguments[1]) == "--layers";
  if (count != 4 && !older) {
    std::cerr << "usage: corogram_generator [--layers] SCHEMA.tl NAME FOLDER\n";
    return 2;
  }
  char** const operands = arguments + (older ? 2 : 1);
  try {
    corogram::generator::generate(older, operands[0], operands[1], operands[2]);
  } catch (const std::exception& problem) {
    std::cerr << problem.what() << "\n";
    return 1;
  }
  return 0;
}
