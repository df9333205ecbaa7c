// Opening and sealing messages, alone and several at once, on every kernel.
//
//   open, seal    one message a call
//   seal_queue    a queue of 48 messages a call, as a session has them that sends a file
//   open_batch    48 messages: all in one call, or by a kernel named x2 or x3 in calls of as many
//                 as that, since it must show what it does with just these
//   seal_batch    48 messages in one call. No message is encrypted before it is hashed, so what a
//                 kernel does with a few it can only show when it has the next few to hash
//   seal_lots     the same by x2 and x3 in calls of 2 and 3, which is why that is slower
//   ..._batch_as_allocated
//                 the same messages where malloc puts them (support/texts.hpp)
#include "support/limits.hpp"
#include "support/openssl_message.hpp"
#include "support/suite.hpp"
#include "support/texts.hpp"

#include <corogram/core/random.hpp>
#include <corogram/crypto/message_kernel.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace corogram::bench {

namespace {

using core::byte;

constexpr std::size_t alone_sizes[] = {32,   64,    128,   256,    512,    1024,
                                       4096, 16384, 65536, 262144, 1048576};
constexpr std::size_t several_sizes[] = {64, 256, 1024, 4096, 16384, 65536};
constexpr std::size_t queue_length = 48;
constexpr std::size_t batch_length = 48;  // a multiple of every number of lanes

/// Messages and what they point to. The same seed makes the same ones again.
template <class Message>
struct messages {
  messages(std::size_t count, std::size_t size, placing how)
      : random(size), placed(count, size, how, random) {
    for (std::size_t i = 0; i < count; ++i) {
      auth_keys.push_back(std::make_unique<std::array<byte, 256>>(random.array<256>()));
      const auto sender =
          i % 2 == 0 ? crypto::direction::client_to_server : crypto::direction::server_to_client;
      if constexpr (std::is_same_v<Message, crypto::message_to_open>)
        jobs.push_back({*auth_keys.back(), sender, random.array<16>(), placed[i]});
      else
        jobs.push_back({*auth_keys.back(), sender, placed[i]});
    }
  }

  core::test_random random;
  texts placed;
  std::vector<std::unique_ptr<std::array<byte, 256>>> auth_keys;
  std::vector<Message> jobs;
};

template <class Message>
using function = void (*)(std::span<Message>) noexcept;

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
  as_allocated.how = placing::as_allocated;
  as_allocated.operation += suffix_of(as_allocated.how);
  shape lots = batch;
  lots.operation = verb + "_lots";
  lots.lot = lanes;
  const shape queue{
      .operation = verb + "_queue",
      .count = queue_length,
      .lot = queue_length,
      .streams = kernel == "batched" ? batch_length : std::max<std::size_t>(lanes, 1)};
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
