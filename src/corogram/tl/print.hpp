#pragma once

// Serialised TL values for people: as text, and as JSON in both directions. All three work over the
// tables of a schema and need no generated struct.
//
// A value in JSON:
//   object, function call      {"_":"pong","msg_id":"7","ping_id":"8"}; without "_" where the
//   schema
//                              leaves only one constructor
//   int, #                     a number
//   long                       a string of decimal digits, as many programs read numbers as
//   doubles;
//                              a number is read too
//   double                     a number; "Infinity", "-Infinity", and "NaN:" with 16 digits of bits
//   Bool                       true, false
//   string                     a string; {"base64":"..."} if the bytes are no UTF-8
//   bytes                      base64 (RFC 4648); "hex:0a0b" is read too
//   int128, int256             32 or 64 hexadecimal digits, in wire order
//   vector                     an array
//   x:flags.N?true             true, or left out; false is read too
//   conditional field          left out when it is absent
//   flags word                 left out: it follows from the fields that are there. Only bits that
//   no
//                              field tells of make it appear, as its whole value
//   Object, !X                 the object if its number is known, else base64 of its bytes
//   length before an Object    may be left out when read

#include <corogram/core/bytes.hpp>
#include <corogram/core/result.hpp>
#include <corogram/tl/errc.hpp>
#include <corogram/tl/json_errc.hpp>
#include <corogram/tl/parser.hpp>
#include <corogram/tl/tables.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace corogram::tl {

/// How values are printed. Lifetime: `inner` outlives the call.
struct print_options {
  /// Looked at for what lies in an Object or a !X when the first tables do not know its number: the
  /// API's, when messages of the service are printed.
  const tables* inner = nullptr;
  /// Spaces for each level; 0 puts all into one line.
  unsigned indent = 0;
  /// Text only: of longer bytes the first so many are printed, and how long they are.
  std::size_t longest_bytes = 64;
};

/// to_json prints a boxed value, or a function call. For what does not tell its type by its number
/// (vectors) there is the form with a type.
/// Errors: those of decode: `errc`, with the offset in `input`.
[[nodiscard]] core::result<std::string> to_json(const tables& schema, core::byte_view input,
                                                const print_options& options = {});
[[nodiscard]] core::result<std::string> to_json(const tables& schema, value_type type,
                                                core::byte_view input,
                                                const print_options& options = {});

/// to_text prints a value for reading, with the names of the schema.
/// Errors: those of to_json.
[[nodiscard]] core::result<std::string> to_text(const tables& schema, core::byte_view input,
                                                const print_options& options = {});
[[nodiscard]] core::result<std::string> to_text(const tables& schema, value_type type,
                                                core::byte_view input,
                                                const print_options& options = {});

/// Why JSON did not become a value.
struct json_failure {
  /// Which part: `$` is the whole, `$.dc_options[0].port` a field of it.
  std::string path;
  text_position place;
  /// "line 3, column 9: $.dc_options[0].port: out of range, expected an int".
  std::string message;
};

/// What from_json may be told. Lifetime: both outlive the call.
struct json_options {
  /// As in print_options.
  const tables* inner = nullptr;
  /// Set when from_json fails.
  json_failure* failure = nullptr;
};

/// from_json makes the bytes of a boxed value or a function call from JSON. `name` is that of a
/// function, a constructor or a type, or empty: then "_" decides among all of them.
/// Errors: json_errc, with the offset in `json`.
[[nodiscard]] core::result<core::byte_buffer> from_json(const tables& schema, std::string_view name,
                                                        std::string_view json,
                                                        const json_options& options = {});
[[nodiscard]] core::result<core::byte_buffer> from_json(const tables& schema, value_type type,
                                                        std::string_view json,
                                                        const json_options& options = {});

}  // namespace corogram::tl
