#pragma once

// Typed values to bytes and back: decode, encode, compare, for everything that the generator makes.
//
//   core::byte_buffer packet = tl::encode(request);                 // request: service::ping
//   COROGRAM_TRY(auto answer, tl::decode<tl::box<service::Pong>>(std::move(bytes)));
//   if (auto* pong = answer->get_if<service::pong>()) use(pong->ping_id);

#include <corogram/core/bytes.hpp>
#include <corogram/core/endian.hpp>
#include <corogram/core/result.hpp>
#include <corogram/tl/box.hpp>
#include <corogram/tl/int128.hpp>
#include <corogram/tl/interpreter.hpp>
#include <corogram/tl/string.hpp>
#include <corogram/tl/vector.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace corogram::tl {

namespace detail {

/// What a C++ type is in which tables.
struct located_type {
  const tables& schema;
  value_type value;
};

/// element_type describes a type as vectors hold it: structs and built-in types without their
/// numbers.
template <class T>
struct element_type;

/// A generated struct.
template <class T>
  requires requires { T::tl_index; }
struct element_type<T> {
  static located_type get() noexcept {
    return {tl_tables(static_cast<const T*>(nullptr)), {value_kind::bare, false, T::tl_index}};
  }
};

/// Any constructor of an abstract type. The header of the type has to be included.
template <class Tag>
struct element_type<box<Tag>> {
  static located_type get() noexcept {
    return {tl_tables(static_cast<const Tag*>(nullptr)), {value_kind::box, false, Tag::tl_index}};
  }
};

template <value_kind Kind>
struct built_in_type {
  static located_type get() noexcept { return {no_tables(), {Kind, false, 0}}; }
};

template <>
struct element_type<bool> : built_in_type<value_kind::boolean> {};
template <>
struct element_type<std::int32_t> : built_in_type<value_kind::int32> {};
template <>
struct element_type<std::int64_t> : built_in_type<value_kind::int64> {};
template <>
struct element_type<double> : built_in_type<value_kind::float64> {};
template <>
struct element_type<int128> : built_in_type<value_kind::bytes16> {};
template <>
struct element_type<int256> : built_in_type<value_kind::bytes32> {};
template <>
struct element_type<string> : built_in_type<value_kind::string> {};
template <>
struct element_type<raw> : built_in_type<value_kind::raw> {};

/// vector_of finds the vector with these elements among the types of the schema. A vector that the
/// schema does not have ends the program.
[[nodiscard]] located_type vector_of(located_type element) noexcept;

template <class T>
struct element_type<vector<T>> {
  static located_type get() noexcept { return vector_of(element_type<T>::get()); }
};

/// root_type describes a type that stands alone in a message, with its number.
template <class T>
located_type root_type() noexcept {
  located_type type = element_type<T>::get();
  type.value.numbered = is_numbered_alone(type.value.kind);
  return type;
}

/// Owns what decoding makes.
struct decoded_storage {
  arena memory;
  core::byte_buffer input;
  const void* root = nullptr;
};

[[nodiscard]] core::result<decoded_storage> decode_root(located_type type, core::byte_buffer input);
[[nodiscard]] core::result<decoded_storage> decode_root_view(located_type type,
                                                             core::byte_view input,
                                                             std::size_t* consumed);

}  // namespace detail

/// codable types can be decoded, encoded and compared: generated structs (with their number),
/// box<Tag>, bool, raw, the built-in types with their numbers, and vectors that the schema has.
template <class T>
concept codable = requires { detail::element_type<T>::get(); };

/// decoded is a value that was read from bytes, with all the memory that it needs. It gives const
/// access only; *copying* the value (or a part) makes an ordinary one that owns everything.
/// Lifetime: references into the value, strings of it included, live as long as the decoded object,
/// also when that is moved.
template <codable T>
class decoded {
 public:
  explicit decoded(detail::decoded_storage storage) noexcept : storage_(std::move(storage)) {}

  const T& operator*() const noexcept { return *static_cast<const T*>(storage_.root); }
  const T* operator->() const noexcept { return static_cast<const T*>(storage_.root); }

 private:
  detail::decoded_storage storage_;
};

/// encode appends the bytes of `value`, beginning with its number, to `out`. Flags words are
/// written as they are and decide which fields follow. Pre: no box that has to be written is empty;
/// an empty one ends the program.
template <codable T>
void encode(const T& value, core::byte_buffer& out) {
  const detail::located_type type = detail::root_type<T>();
  detail::encode_value(type.schema, type.value, &value, out);
}

/// encode returns the bytes of `value`, beginning with its number. Pre: as above.
template <codable T>
[[nodiscard]] core::byte_buffer encode(const T& value) {
  core::byte_buffer out;
  encode(value, out);
  return out;
}

/// decode reads all of `input` as one T. The result keeps the input and refers to it.
/// Errors: those of errc but bad_gzip.
template <codable T>
[[nodiscard]] core::result<decoded<T>> decode(core::byte_buffer input) {
  COROGRAM_TRY(auto storage, detail::decode_root(detail::root_type<T>(), std::move(input)));
  return decoded<T>(std::move(storage));
}

/// decode_view reads a T from bytes that the caller keeps. With `consumed`, bytes may follow the
/// value, and it is told how many were read; without, they are an error.
/// Lifetime: `input` must outlive the result. Errors: those of errc but bad_gzip.
template <codable T>
[[nodiscard]] core::result<decoded<T>> decode_view(core::byte_view input,
                                                   std::size_t* consumed = nullptr) {
  COROGRAM_TRY(auto storage, detail::decode_root_view(detail::root_type<T>(), input, consumed));
  return decoded<T>(std::move(storage));
}

/// decode_result reads the answer to a call of the generated function F. It needs no more than F's
/// header. Errors: those of errc but bad_gzip.
//= TL-24
template <class F>
  requires requires { typename F::result_type; }
[[nodiscard]] core::result<decoded<typename F::result_type>> decode_result(
    core::byte_buffer input) {
  const tables& schema = tl_tables(static_cast<const F*>(nullptr));
  const value_type result = schema.result_of(schema.combinators[F::tl_index]);
  COROGRAM_TRY(auto storage, detail::decode_root({schema, result}, std::move(input)));
  return decoded<typename F::result_type>(std::move(storage));
}

/// equal tells whether two values say the same. Fields that the flags leave out do not count.
template <codable T>
[[nodiscard]] bool equal(const T& a, const T& b) noexcept {
  const detail::located_type type = detail::root_type<T>();
  return detail::equal_values(type.schema, type.value, &a, &b);
}

/// peek_id returns the number that `input` begins with, or nothing when it is too short.
[[nodiscard]] inline std::optional<std::uint32_t> peek_id(core::byte_view input) noexcept {
  if (input.size() < 4) return std::nullopt;
  return core::load_le<std::uint32_t>(input.data());
}

}  // namespace corogram::tl
