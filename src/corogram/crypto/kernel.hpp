#pragma once

// How a kernel is chosen among several implementations of the same functions.
//
// Each subject has a table with a row for each implementation: its name, whether this machine
// supports it, its functions. The reference is first and runs everywhere; the others follow, the
// faster the later. The environment variable COROGRAM_KERNEL, a list of names with commas between
// them, forces kernels in all tables at once: COROGRAM_KERNEL=aesni,reference takes the one in
// tables that have such a row, the other in those that do not, and leaves other tables alone.

#include <algorithm>
#include <concepts>
#include <cstdlib>
#include <ranges>
#include <span>
#include <string>
#include <string_view>

namespace corogram::crypto {

/// A row of such a table.
template <class Row>
concept kernel_row = requires(const Row& row) {
  { row.name } -> std::convertible_to<std::string_view>;
  { row.supported() } -> std::same_as<bool>;
};

/// always_supported is for the rows that need no special machine.
inline bool always_supported() noexcept {
  return true;
}

/// is_listed tells whether `name` stands in a list of names with commas between them.
inline bool is_listed(std::string_view name, std::string_view list) noexcept {
  for (const auto listed : std::views::split(list, ','))
    if (std::ranges::equal(listed, name)) return true;
  return false;
}

/// choose_kernel returns the first supported row whose name is in the list `forced`. If the table
/// has none of those names, it returns the last supported row; and if it has, but this machine does
/// not support them, the first row. Pre: the table is not empty, and its first row is supported.
template <kernel_row Kernel>
const Kernel& choose_kernel(std::span<const Kernel> table, std::string_view forced) noexcept {
  const auto is_forced = [&](const Kernel& row) { return is_listed(row.name, forced); };
  if (std::ranges::any_of(table, is_forced)) {
    for (const Kernel& row : table)
      if (is_forced(row) && row.supported()) return row;
    return table.front();
  }
  for (const Kernel& row : table | std::views::reverse)
    if (row.supported()) return row;
  return table.front();
}

/// forced_kernels returns the environment variable COROGRAM_KERNEL as the first call found it.
inline std::string_view forced_kernels() noexcept {
  // A copy, since the environment may change; never freed, as a destructor may still want to hash.
  static const std::string& names = *[] {
    const char* const value = std::getenv("COROGRAM_KERNEL");
    return new std::string(value == nullptr ? "" : value);
  }();
  return names;
}

}  // namespace corogram::crypto
