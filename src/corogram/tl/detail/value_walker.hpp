#pragma once

// Walks over the bytes of a value and tells a sink what it meets.

#include <corogram/core/bytes.hpp>
#include <corogram/core/result.hpp>
#include <corogram/tl/tables.hpp>

#include <cstdint>
#include <string_view>

namespace corogram::tl::detail {

/// Hears of a value's parts in the order of the wire. A scalar, a begin_object or a begin_vector
/// follows on every field call. Lifetime: views live as long as the walked input.
class value_sink {
 public:
  virtual ~value_sink() = default;

  virtual void begin_object(std::string_view name) = 0;
  virtual void field(std::string_view name) = 0;
  virtual void end_object() = 0;
  virtual void begin_vector(bool of_objects) = 0;
  virtual void end_vector() = 0;

  virtual void natural(std::uint32_t value) = 0;
  virtual void int32(std::int32_t value) = 0;
  virtual void int64(std::int64_t value) = 0;
  virtual void float64(double value) = 0;
  virtual void boolean(bool value) = 0;
  /// int128 and int256.
  virtual void digits(core::byte_view value) = 0;
  virtual void string(core::byte_view value) = 0;
  virtual void bytes(core::byte_view value) = 0;
};

/// walk_boxed walks over a value that begins with its number and takes all of `input`.
/// walk_value walks over a value of a known type that takes all of `input`.
/// Errors: errc, with the offset in `input`.
core::result<void> walk_boxed(const tables& schema, const tables* inner, core::byte_view input,
                              value_sink& sink);
core::result<void> walk_value(const tables& schema, const tables* inner, value_type type,
                              core::byte_view input, value_sink& sink);

}  // namespace corogram::tl::detail
