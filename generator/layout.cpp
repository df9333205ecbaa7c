// Where each member lies: the rules of the C++ compiler, written out. A generated test holds the
// two against each other.

#include "model.hpp"

#include <algorithm>
#include <limits>

namespace corogram::generator {
namespace {

struct extent {
  std::size_t size;
  std::size_t alignment;
};

class layouter {
 public:
  explicit layouter(model& schema) : schema_(schema) {}

  void run() {
    for (declaration& entry : schema_.declarations) place(entry);
    for (const value_entry& entry : schema_.values)
      if (entry.value.kind != tl::value_kind::raw && min_wire_size(entry.value) == 0)
        throw failure(entry.where,
                      "a vector of `" + entry.cpp_type +
                          "`, which takes no bytes, could have any number of elements");
  }

 private:
  void place(declaration& entry);
  extent extent_of(tl::value_type value);
  std::size_t min_wire_size(tl::value_type value);

  model& schema_;
  std::set<const declaration*> being_placed_;
};

void layouter::place(declaration& entry) {
  if (entry.size != 0) return;
  if (!being_placed_.insert(&entry).second)
    throw failure(entry.where, "`" + entry.name.full + "` contains itself");
  std::size_t end = 0;
  bool owning = false;
  for (member& field : entry.members) {
    if (!field.is_presence()) {
      const extent space = extent_of(field.value);
      field.offset = (end + space.alignment - 1) / space.alignment * space.alignment;
      end = field.offset + space.size;
      entry.alignment = std::max(entry.alignment, space.alignment);
    }
    if (field.bit == tl::field_row::always) entry.min_wire_size += min_wire_size(field.value);
    owning = owning || is_owning(schema_, field.value);
  }
  entry.size =
      std::max<std::size_t>(1, (end + entry.alignment - 1) / entry.alignment * entry.alignment);
  if (entry.size > std::numeric_limits<std::uint16_t>::max())
    throw failure(entry.where, "`" + entry.name.full + "` is too large");
  entry.min_wire_size =
      std::min<std::size_t>(entry.min_wire_size, std::numeric_limits<std::uint16_t>::max());
  entry.fits_box = entry.size <= 8 && !owning;
}

extent layouter::extent_of(tl::value_type value) {
  using tl::value_kind;
  switch (value.kind) {
    case value_kind::word:
    case value_kind::int32:
      return {4, 4};
    case value_kind::int64:
    case value_kind::float64:
      return {8, 8};
    case value_kind::bytes16:
      return {16, 1};
    case value_kind::bytes32:
      return {32, 1};
    case value_kind::boolean:
      return {1, 1};
    case value_kind::presence:
      return {0, 1};
    case value_kind::string:
    case value_kind::bytes:
    case value_kind::raw:
    case value_kind::box:
    case value_kind::vector:
      return {16, 8};
    case value_kind::bare: {
      declaration& inner = schema_.declarations[value.type];
      place(inner);
      return {inner.size, inner.alignment};
    }
  }
  return {0, 1};
}

std::size_t layouter::min_wire_size(tl::value_type value) {
  using tl::value_kind;
  const std::size_t number = value.numbered ? 4 : 0;
  switch (value.kind) {
    case value_kind::presence:
      return 0;
    case value_kind::int64:
    case value_kind::float64:
      return number + 8;
    case value_kind::bytes16:
      return number + 16;
    case value_kind::bytes32:
      return number + 32;
    case value_kind::bare:
      place(schema_.declarations[value.type]);
      return number + schema_.declarations[value.type].min_wire_size;
    case value_kind::word:
    case value_kind::int32:
    case value_kind::boolean:
    case value_kind::string:
    case value_kind::bytes:
    case value_kind::raw:
    case value_kind::box:
    case value_kind::vector:
      break;
  }
  return number + 4;
}

}  // namespace

bool is_owning(const model& schema, tl::value_type value) {
  using tl::value_kind;
  switch (value.kind) {
    case value_kind::string:
    case value_kind::bytes:
    case value_kind::raw:
    case value_kind::box:
    case value_kind::vector:
      return true;
    case value_kind::bare:
      return std::ranges::any_of(
          schema.declarations[value.type].members,
          [&schema](const member& field) { return is_owning(schema, field.value); });
    case value_kind::word:
    case value_kind::int32:
    case value_kind::int64:
    case value_kind::float64:
    case value_kind::bytes16:
    case value_kind::bytes32:
    case value_kind::boolean:
    case value_kind::presence:
      break;
  }
  return false;
}

void lay_out(model& schema) {
  layouter(schema).run();
}

}  // namespace corogram::generator
