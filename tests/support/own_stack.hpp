#pragma once

// A stack that can be looked through when what ran on it is over.

#include <corogram/core/bytes.hpp>

#include <pthread.h>

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>

namespace corogram::test {

class own_stack {
 public:
  static constexpr std::size_t size = std::size_t{1} << 20;

  /// run calls `what` on this stack, in a thread of its own, and waits for its end.
  template <class What>
  void run(What what) {
    pthread_attr_t attributes;
    pthread_t thread;
    const auto call = [](void* function) -> void* {
      (*static_cast<What*>(function))();
      return nullptr;
    };
    if (pthread_attr_init(&attributes) != 0 ||
        pthread_attr_setstack(&attributes, room_->bytes, size) != 0 ||
        pthread_create(&thread, &attributes, call, &what) != 0 ||
        pthread_join(thread, nullptr) != 0)
      std::abort();
    pthread_attr_destroy(&attributes);
  }

  /// bytes returns what has been left. Units: all of the stack.
  [[nodiscard]] core::byte_view bytes() const noexcept { return room_->bytes; }

 private:
  struct room {
    alignas(4096) core::byte bytes[size];
  };

  std::unique_ptr<room> room_ = std::make_unique<room>();
};

}  // namespace corogram::test
