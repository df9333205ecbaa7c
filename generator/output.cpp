#include "output.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace corogram::generator {
namespace {

namespace fs = std::filesystem;

bool has_contents(const fs::path& path, const std::string& contents) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return false;
  std::ostringstream found;
  found << file.rdbuf();
  return found.str() == contents;
}

void store(const fs::path& path, const std::string& contents) {
  fs::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << contents;
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

}  // namespace

void output::add(const std::string& path, std::string contents) {
  if (!files_.emplace(path, std::move(contents)).second)
    throw std::runtime_error("two declarations want the file " + path);
}

void output::write(const std::string& witness) const {
  bool changed = remove_leftovers();
  for (const auto& [path, contents] : files_) {
    if (path == witness || has_contents(folder_ / path, contents)) continue;
    store(folder_ / path, contents);
    changed = true;
  }
  const std::string& contents = files_.at(witness);
  if (changed || !has_contents(folder_ / witness, contents)) store(folder_ / witness, contents);
}

bool output::remove_leftovers() const {
  std::vector<fs::path> leftovers;
  for (const char* subfolder : {"functions", "types"}) {
    if (!fs::is_directory(folder_ / subfolder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / subfolder))
      if (entry.path().extension() == ".hpp" &&
          !files_.contains(fs::relative(entry.path(), folder_).generic_string()))
        leftovers.push_back(entry.path());
  }
  for (const fs::path& path : leftovers) fs::remove(path);
  return !leftovers.empty();
}

}  // namespace corogram::generator
