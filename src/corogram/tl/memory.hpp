#pragma once

// Allocation for the runtime types, out of line so that their headers stay small.
//
// Shape: the runtime types (string, raw, vector, box) are 16 bytes each, hold no pointer into
// themselves, and are valid and empty when all 16 bytes are zero. The interpreters rely on all
// three: they clear whole objects at once and move elements by copying their bytes.

#include <cstddef>
#include <cstdint>

namespace corogram::tl::detail {

/// allocate returns `size` uninitialised bytes, aligned for every type of a schema. Out of memory
/// ends the program.
[[nodiscard]] void* allocate(std::size_t size) noexcept;

/// release gives back what `allocate` returned. nullptr is fine.
void release(void* memory) noexcept;

/// copy_bytes is memcpy that may be given nullptr when `size` is 0.
void copy_bytes(void* to, const void* from, std::size_t size) noexcept;

/// same_bytes compares public bytes.
[[nodiscard]] bool same_bytes(const void* a, const void* b, std::size_t size) noexcept;

/// text_length is strlen.
[[nodiscard]] std::size_t text_length(const char* text) noexcept;

/// misuse ends the program: a precondition of a runtime type was broken by our own code.
[[noreturn]] void misuse(const char* what) noexcept;

}  // namespace corogram::tl::detail
