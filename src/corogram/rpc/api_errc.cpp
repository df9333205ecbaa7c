#include <corogram/rpc/api_errc.hpp>

#include <algorithm>
#include <iterator>
#include <string>

namespace corogram::rpc {
namespace {

// Sorted; the value of an enumerator is the place of its name, counted from 1.
constexpr std::string_view names[] = {
#include <corogram/rpc/api_errc_table.inc>
};
static_assert(std::ranges::is_sorted(names));

// A code is (number + bias) * room + value of the name, 0 for a name that is not listed.
constexpr int room = 4096;
constexpr int bias = 100'000;
static_assert(std::size(names) < room);

constexpr int number_of(int code) noexcept {
  return code / room - bias;
}
constexpr int name_of(int code) noexcept {
  return code % room;
}

std::string name_text(int name) {
  if (name < 1 || static_cast<std::size_t>(name) > std::size(names)) return "an unlisted name";
  return std::string(names[name - 1]);
}

class category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "corogram.api"; }

  std::string message(int code) const override {
    return "RPC error " + std::to_string(number_of(code)) + ", " + name_text(name_of(code));
  }

  bool equivalent(int code, const std::error_condition& condition) const noexcept override {
    if (condition.category() == api_name_category()) return condition.value() == name_of(code);
    if (condition.category() == api_group_category()) return condition.value() == number_of(code);
    return std::error_category::equivalent(code, condition);
  }
};

class name_category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "corogram.api_name"; }
  std::string message(int name) const override { return "RPC error " + name_text(name); }
};

class group_category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "corogram.api_group"; }
  std::string message(int number) const override { return "RPC error " + std::to_string(number); }
};

}  // namespace

const std::error_category& api_category() noexcept {
  static const category instance;
  return instance;
}

const std::error_category& api_name_category() noexcept {
  static const name_category instance;
  return instance;
}

const std::error_category& api_group_category() noexcept {
  static const group_category instance;
  return instance;
}

std::error_code api_error(std::int32_t number, std::string_view name) noexcept {
  const auto* const found = std::ranges::lower_bound(names, name);
  const bool listed = found != std::end(names) && *found == name;
  const int value = listed ? static_cast<int>(found - std::begin(names)) + 1 : 0;
  // Two numbers beyond all reason stand for the rest, so that the code fits and is not 0.
  const int kept = std::clamp(number, 1 - bias, bias);
  return {(kept + bias) * room + value, api_category()};
}

}  // namespace corogram::rpc
