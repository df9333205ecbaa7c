#include <corogram/tl/codec.hpp>

namespace corogram::tl::detail {
namespace {

core::result<std::size_t> decode_into(decoded_storage& storage, located_type type,
                                      core::byte_view input) {
  const std::size_t size = type.schema.size_of(type.value);
  void* root = storage.memory.allocate(size);
  if (root == nullptr) return core::error(errc::too_large, 0, "a value within the memory limit");
  storage.root = root;
  return decode_value(type.schema, type.value, input, storage.memory, root);
}

core::error left_over(std::size_t consumed) noexcept {
  return {errc::trailing_bytes, consumed, "the end of the input"};
}

}  // namespace

//= SER-12
core::result<decoded_storage> decode_root(located_type type, core::byte_buffer input) {
  decoded_storage storage{arena_for(input.size()), std::move(input)};
  COROGRAM_TRY(const std::size_t consumed, decode_into(storage, type, storage.input));
  if (consumed != storage.input.size()) return left_over(consumed);
  return storage;
}

core::result<decoded_storage> decode_root_view(located_type type, core::byte_view input,
                                               std::size_t* consumed) {
  decoded_storage storage{arena_for(input.size()), {}};
  COROGRAM_TRY(const std::size_t size, decode_into(storage, type, input));
  if (consumed == nullptr && size != input.size()) return left_over(size);
  if (consumed != nullptr) *consumed = size;
  return storage;
}

located_type vector_of(located_type element) noexcept {
  const std::size_t index = element.schema.find_value(element.value);
  if (index == element.schema.values.size()) misuse("tl: the schema has no such vector");
  return {element.schema, {value_kind::vector, true, static_cast<std::uint16_t>(index)}};
}

}  // namespace corogram::tl::detail
