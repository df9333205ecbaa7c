// The encoder over the tables.

#include <corogram/core/endian.hpp>
#include <corogram/tl/box.hpp>
#include <corogram/tl/interpreter.hpp>
#include <corogram/tl/string.hpp>
#include <corogram/tl/vector.hpp>

#include <algorithm>
#include <cstring>

namespace corogram::tl::detail {
namespace {

template <class T>
T load(const std::byte* at) noexcept {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

class encoder {
 public:
  encoder(const tables& schema, core::byte_buffer& out) noexcept
      : schema_(schema), out_(out), size_(out.size()) {}
  ~encoder() { out_.resize(size_); }
  encoder(const encoder&) = delete;
  encoder& operator=(const encoder&) = delete;

  void value(value_type type, const std::byte* from);

 private:
  // The buffer is kept larger than what is written, so that few writes have to grow it.
  core::byte* extend(std::size_t count) {
    if (out_.size() - size_ < count) out_.resize(std::max(out_.size() * 2, size_ + count + 64));
    core::byte* place = out_.data() + size_;
    size_ += count;
    return place;
  }

  template <class T>
  void integer(T value) {
    core::store_le(extend(sizeof(T)), value);
  }

  void copy(const void* from, std::size_t size) {
    if (size != 0) std::memcpy(extend(size), from, size);
  }

  void string_value(const string& text);
  void object(const combinator_row& row, const std::byte* from);

  const tables& schema_;
  core::byte_buffer& out_;
  std::size_t size_;
};

//= SER-01
//= SER-02
//= SER-08
//= SER-09
//= SER-10
void encoder::value(value_type type, const std::byte* from) {
  if (type.numbered) integer(schema_.number_of(type));
  switch (type.kind) {
    case value_kind::word:
    case value_kind::int32:
      integer(load<std::uint32_t>(from));
      break;
    case value_kind::int64:
    case value_kind::float64:
      integer(load<std::uint64_t>(from));
      break;
    case value_kind::bytes16:
      copy(from, 16);
      break;
    case value_kind::bytes32:
      copy(from, 32);
      break;
    case value_kind::boolean:
      integer(*from != std::byte{0} ? bool_true_id : bool_false_id);
      break;
    case value_kind::presence:
      break;
    case value_kind::string:
    case value_kind::bytes:
      string_value(*reinterpret_cast<const string*>(from));
      break;
    case value_kind::raw: {
      const auto& bytes = *reinterpret_cast<const raw*>(from);
      copy(bytes.data(), bytes.size());
      break;
    }
    case value_kind::box: {
      const auto& box = *reinterpret_cast<const box_base*>(from);
      if (box.holding_ == holding::nothing)
        misuse("tl: a field that has to be sent holds no object");
      integer(box.id_);
      object(schema_.combinators[box.index_], static_cast<const std::byte*>(box.object()));
      break;
    }
    case value_kind::bare:
      object(schema_.combinators[type.type], from);
      break;
    case value_kind::vector: {
      const auto& vector = *reinterpret_cast<const vector_base*>(from);
      const value_type element = schema_.values[type.type];
      const std::size_t element_size = schema_.size_of(element);
      integer(vector.size_);
      const auto* next = static_cast<const std::byte*>(vector.data_);
      for (std::uint32_t i = 0; i < vector.size_; ++i, next += element_size) value(element, next);
      break;
    }
  }
}

//= SER-03
//= SER-04
//= SER-05
//= SER-06
void encoder::string_value(const string& text) {
  const std::size_t size = text.size();
  const std::size_t header = size < 254 ? 1 : 4;
  const std::size_t padded = (header + size + 3) & ~std::size_t{3};
  core::byte* to = extend(padded);
  if (header == 1)
    to[0] = static_cast<core::byte>(size);
  else
    core::store_le(to, static_cast<std::uint32_t>(size << 8 | 0xfe));
  if (size != 0) std::memcpy(to + header, text.data(), size);
  std::memset(to + header + size, 0, padded - header - size);
}

void encoder::object(const combinator_row& row, const std::byte* from) {
  const std::span<const field_row> fields = schema_.fields_of(row);
  for (const field_row& field : fields) {
    if (field.is_conditional() &&
        !field.is_present(load<std::uint32_t>(from + fields[field.flags_field].offset)))
      continue;
    value(field.value, from + field.offset);
  }
}

}  // namespace

void encode_value(const tables& schema, value_type value, const void* from,
                  core::byte_buffer& out) {
  encoder(schema, out).value(value, static_cast<const std::byte*>(from));
}

}  // namespace corogram::tl::detail
