// Without a fuzzing engine: runs every file that the command line names, or that lies in a folder
// it names, once.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_of(const fs::path& where) {
  if (!fs::is_directory(where)) return {where};
  std::vector<fs::path> found;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(where))
    if (entry.is_regular_file()) found.push_back(entry.path());
  std::ranges::sort(found);
  return found;
}

bool replay(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::fprintf(stderr, "cannot read %s\n", path.c_str());
    return false;
  }
  const std::string content{std::istreambuf_iterator<char>(file), {}};
  // A block of the exact size: what reads past the input reads past the block.
  const auto input = std::make_unique<std::uint8_t[]>(content.size());
  std::ranges::copy(content, input.get());
  LLVMFuzzerTestOneInput(input.get(), content.size());
  return true;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) {
    std::fprintf(stderr, "usage: %s FILE-OR-FOLDER...\n", arguments[0]);
    return 2;
  }
  std::size_t replayed = 0;
  for (int i = 1; i < count; ++i)
    for (const fs::path& path : files_of(arguments[i])) {
      // Printed before it runs: after a crash, the last line names the input.
      std::printf("%s\n", path.c_str());
      std::fflush(stdout);
      if (!replay(path)) return 2;
      ++replayed;
    }
  std::printf("%zu inputs\n", replayed);
  return replayed == 0 ? 1 : 0;
}
