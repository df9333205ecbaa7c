#pragma once

// Says in an older layer what was said in the newest one. Both are tables; nothing here needs the
// generated structs. Constructors and fields are matched by name:
//
//   newest   config#cc1a241e flags:# preload_featured_stickers:flags.4?true ... date:int ...
//   older    config#330b4067 flags:# phonecalls_enabled:flags.1?true ... date:int ...
//   saved_gifs_limit:int
//
//   a field in both is carried over; one that only the newer form has is left out; one that only
//   the older form has is absent if it may be, else zero, empty or false.

#include <corogram/core/bytes.hpp>
#include <corogram/core/result.hpp>
#include <corogram/tl/tables.hpp>

#include <cstdint>
#include <span>

namespace corogram::tl {

/// The constructors that were another way up to a layer; all others are as in a later one.
struct older_layer {
  /// The last layer in which they were so.
  std::uint32_t until;
  const tables* schema;
};

/// to_older_layer rewrites a serialised value of the newest schema as `layer` has it.
/// Pre: `older` ascends by `until`; `type` is a type of `newest`, such as result_of a function.
/// Errors: those of decoding; errc::no_older_form where the older form needs a field that cannot be
/// made up.
core::result<core::byte_buffer> to_older_layer(const tables& newest,
                                               std::span<const older_layer> older,
                                               std::uint32_t layer, value_type type,
                                               core::byte_view value);

}  // namespace corogram::tl
