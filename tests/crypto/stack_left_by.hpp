#pragma once

// What a call leaves behind on the stack.

#include <corogram/core/bytes.hpp>

#include <gtest/gtest.h>
#include <pthread.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>

namespace corogram::crypto {

/// stack_left_by calls `run` on a thread whose stack is a block of ours, and returns the block.
template <class F>
core::byte_buffer stack_left_by(F run) {
  constexpr std::size_t alignment = 4096, size = 128 * 1024;
  const std::unique_ptr<void, void (*)(void*)> block(std::aligned_alloc(alignment, size),
                                                     &std::free);
  core::byte* const bytes = static_cast<core::byte*>(block.get());
  std::fill_n(bytes, size, core::byte{0});

  pthread_attr_t attributes;
  EXPECT_EQ(pthread_attr_init(&attributes), 0);
  EXPECT_EQ(pthread_attr_setstack(&attributes, bytes, size), 0);
  pthread_t thread;
  const auto enter = [](void* argument) -> void* {
    (*static_cast<F*>(argument))();
    return nullptr;
  };
  EXPECT_EQ(pthread_create(&thread, &attributes, enter, &run), 0);
  EXPECT_EQ(pthread_join(thread, nullptr), 0);
  EXPECT_EQ(pthread_attr_destroy(&attributes), 0);
  return {bytes, bytes + size};
}

}  // namespace corogram::crypto
