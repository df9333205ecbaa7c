// corogram_generator SCHEMA.tl NAME FOLDER: writes the types, functions and tables of a schema as
// namespace corogram::NAME into FOLDER, which has to end in corogram/NAME.

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

namespace corogram::generator {
namespace {

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream contents;
  contents << file.rdbuf();
  if (!file) throw std::runtime_error("cannot read " + path);
  return contents.str();
}

void generate(const std::string& path, const std::string& schema_name, const std::string& folder) {
  const std::string text = read_file(path);
  const auto tree = tl::parse_schema(text);
  if (!tree) throw std::runtime_error(tl::describe(text, tree.error(), path));
  try {
    const model schema = resolve(*tree, text, schema_name);
    output files(folder);
    write_headers(schema, files);
    write_tables(schema, files);
    write_layout_test(schema, files);
    files.write("fwd.hpp");
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
  if (count != 4) {
    std::cerr << "usage: corogram_generator SCHEMA.tl NAME FOLDER\n";
    return 2;
  }
  try {
    corogram::generator::generate(arguments[1], arguments[2], arguments[3]);
  } catch (const std::exception& problem) {
    std::cerr << problem.what() << "\n";
    return 1;
  }
  return 0;
}
