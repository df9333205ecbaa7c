// Opening and sealing messages, alone and several at once, on every kernel.
//
//   open, seal    one message a call
//   seal_queue    a queue of 48 messages a call, as a session has them that sends a file
//   open_batch    48 messages: all in one call, or by a kernel named x2 or x3 in calls of as many
//   as
//                 that, since it must show what it does with just these
//   seal_batch    48 messages in one call. No message is encrypted before it is hashed, so what a
//                 kernel does with a few it can only show when it has the next few to hash
//   seal_lots     the same by x2 and x3 in calls of 2 and 3, which is why that is slower
//   ..._batch_as_allocated
//                 the same messages at the addresses that malloc gives them. Theirs begin at nearly
//                 the same offset in a page, so that more of them than a cache has ways evict each
//                 other; in the other rows they begin a cache line further each.
#include "support/limits.hpp"
#include "support/openssl_message.hpp"
#include "support/suite.hpp"

#include <corogram/core/random.hpp>
#include <corogram/crypto/message_kernel.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace corogram::bench {

namespace {

using core::byte;
using core::byte_span;

constexpr std::size_t alone_sizes[] = {32,   64,    128,   256,    512,    1024,
                                       4096, 16384, 65536, 262144, 1048576};
constexpr std::size_t several_sizes[] = {64, 256, 1024, 4096, 16384, 65536};
constexpr std::size_t queue_length = 48;
constexpr std::size_t batch_length = 48;  // a multiple of every number of lanes

enum class placing { line_by_line, as_allocated };

struct release {
  void operator()(byte* memory) const { std::free(memory); }
};
using memory = std::unique_ptr<byte, release>;

template <class Memory>
Memory* allocated(Memory* made) {
  if (made == nullptr) throw std::bad_alloc();
  return made;
}

/// Messages and what they point to. The same seed makes the same ones again.
template <class Message>
struct messages {
  messages(std::size_t count, std::size_t size, placing how) {
    core::test_random random{size};
    for (std::size_t i = 0; i < count; ++i) {
      auth_keys.push_back(std::make_unique<std::array<byte, 256>>(random.array<256>()));
      const byte_span text = place(i, size, how);
      random.fill(text);
      if constexpr (std::is_same_v<Message, crypto::message_to_open>)
        jobs.push_back({*auth_keys.back(), sender_of(i), random.array<16>(), text});
      else
        jobs.push_back({*auth_keys.back(), sender_of(i), text});
    }
  }

  std::vector<Message> jobs;

 private:
  static crypto::direction sender_of(std::size_t i) {
    return i % 2 == 0 ? crypto::direction::client_to_server : crypto::direction::server_to_client;
  }

  byte_span place(std::size_t i, std::size_t size, placing how) {
    constexpr std::size_t page = 4096, line = 64;
    const std::size_t offset = how == placing::line_by_line ? line * i : 0;
    const std::size_t pages = (offset + size + page - 1) / page;
    void* const made =
        how == placing::line_by_line ? std::aligned_alloc(page, pages * page) : std::malloc(size);
    texts.emplace_back(static_cast<byte*>(allocated(made)));
    return {texts.back().get() + offset, size};
  }

  std::vector<std::unique_ptr<std::array<byte, 256>>> auth_keys;
  std::vector<memory> texts;
};

template <class Message>
using function = void (*)(std::span<Message>) noexcept;

template <class Message>
void run_in_lots(function<Message> run, std::span<Message> jobs, std::size_t lot) {
  for (std::size_t begin = 0; begin < jobs.size(); begin += lot)
    run(jobs.subspan(begin, std::min(lot, jobs.size() - begin)));
}

/// How the messages of a row reach the kernel.
struct shape {
  std::string operation;
  std::size_t count;
  /// How many it is handed at once.
  std::size_t lot;
  /// How many it works on at once, for the bound.
  std::size_t streams;
  placing how = placing::line_by_line;
};

template <class Message>
void add_row(suite& rows, std::string_view kernel, function<Message> run,
             function<Message> by_openssl, const shape& like, std::size_t size) {
  const work_size work{.bytes = size * like.count,
                       .bound = message_bound(static_cast<double>(like.streams)),
                       .messages = like.count};
  const auto prepare = [=] {
    messages<Message> made(like.count, size, like.how), expected(like.count, size, like.how);
    run_in_lots(run, std::span(made.jobs), like.lot);
    by_openssl(expected.jobs);
    for (std::size_t i = 0; i < like.count; ++i) {
      expect_equal(made.jobs[i].msg_key_large, expected.jobs[i].msg_key_large);
      expect_equal(made.jobs[i].text, expected.jobs[i].text);
    }
    // The texts are then sealed once more, or opened though never sealed: that is the same work.
    return [=, made = std::make_shared<messages<Message>>(std::move(made))] {
      run_in_lots(run, std::span(made->jobs), like.lot);
    };
  };
  rows.add(join("message", like.operation, kernel, size), work, prepare);
}

/// lanes_of tells how many messages at once a kernel named x2, x3 and so on is made for: 0 if the
/// name does not say.
std::size_t lanes_of(std::string_view kernel) {
  std::size_t lanes = 0;
  if (kernel.starts_with('x')) std::from_chars(kernel.begin() + 1, kernel.end(), lanes);
  return lanes;
}

template <class Message>
void add_kernel(suite& rows, const std::string& verb, std::string_view kernel,
                function<Message> run, function<Message> by_openssl) {
  const std::size_t lanes = lanes_of(kernel);
  const std::size_t lot = lanes == 0 ? batch_length : lanes;
  const bool sealing = verb == "seal";
  const auto add = [&](const shape& like, std::size_t size) {
    add_row<Message>(rows, kernel, run, by_openssl, like, size);
  };
  for (const std::size_t size : alone_sizes)
    add({.operation = verb, .count = 1, .lot = 1, .streams = 1}, size);

  shape batch{.operation = verb + "_batch",
              .count = batch_length,
              .lot = sealing ? batch_length : lot,
              .streams = lot};
  shape as_allocated = batch;
  as_allocated.operation += "_as_allocated";
  as_allocated.how = placing::as_allocated;
  shape lots = batch;
  lots.operation = verb + "_lots";
  lots.lot = lanes;
  const shape queue{.operation = verb + "_queue",
                    .count = queue_length,
                    .lot = queue_length,
                    .streams = std::max<std::size_t>(lanes, 1)};
  for (const std::size_t size : several_sizes) {
    add(batch, size);
    add(as_allocated, size);
    if (sealing) add(queue, size);
    if (sealing && lanes != 0) add(lots, size);
  }
}

template <class Message>
void add_table(suite& rows, const std::string& verb,
               std::span<const crypto::message_kernel<Message>> table,
               function<Message> by_openssl) {
  for (const auto& kernel : table)
    if (kernel.supported()) add_kernel<Message>(rows, verb, kernel.name, kernel.run, by_openssl);
  for (const std::size_t size : alone_sizes)
    add_row<Message>(rows, "openssl", by_openssl, by_openssl,
                     {.operation = verb, .count = 1, .lot = 1, .streams = 1}, size);
}

}  // namespace

void crypto_message(suite& rows) {
  add_table(rows, "open", crypto::open_kernels(), openssl_open);
  add_table(rows, "seal", crypto::seal_kernels(), openssl_seal);
}

}  // namespace corogram::bench
