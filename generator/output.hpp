#pragma once

// The folder that the generated files go to.

#include <filesystem>
#include <map>
#include <string>

namespace corogram::generator {

/// output collects files and then writes those that differ from what is there already, so that a
/// build after a small change of a schema compiles little.
class output {
 public:
  explicit output(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// add takes the contents of one file. Pre: the path was not added before.
  void add(const std::string& path, std::string contents);

  /// write puts everything into the folder, and removes from its subfolders the headers that are
  /// not generated any more. `witness` is one of the files: it is rewritten when any file changed,
  /// since the build looks at its time to know that the others, which it does not track, are new.
  /// Throws std::runtime_error when a file cannot be written.
  void write(const std::string& witness) const;

 private:
  bool remove_leftovers() const;

  std::filesystem::path folder_;
  std::map<std::string, std::string> files_;
};

}  // namespace corogram::generator
