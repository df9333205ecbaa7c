// Counts how often the bytes of a message are copied between the application and the socket: once
// on each way at each end, whatever the framing. To be copied they need a place to go to, so the
// large blocks of memory that are asked for are counted. A test of its own, since it replaces the
// program's operators new and delete.

#include <corogram/core/bytes.hpp>
#include <corogram/core/clock.hpp>
#include <corogram/core/random.hpp>
#include <corogram/core/send_queue.hpp>
#include <corogram/core/writer.hpp>
#include <corogram/mtproto/server.hpp>
#include <corogram/mtproto/session_client.hpp>
#include <corogram/transport/client_stream.hpp>
#include <corogram/transport/server_stream.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <optional>
#include <tuple>
#include <utility>
#include <variant>

namespace {

/// Units: bytes. So large a message is that a piece of it as large as this is worth counting, and
/// nothing else is as large.
constexpr std::size_t message_size = std::size_t{512} << 10;
constexpr std::size_t large = std::size_t{64} << 10;

std::size_t large_blocks = 0;

}  // namespace

void* operator new(std::size_t size) {
  if (size >= large) ++large_blocks;
  void* const block = std::malloc(std::max<std::size_t>(size, 1));
  if (block == nullptr) throw std::bad_alloc();
  return block;
}
void operator delete(void* block) noexcept {
  std::free(block);
}
void operator delete(void* block, std::size_t) noexcept {
  std::free(block);
}

namespace corogram {
namespace {

using namespace std::chrono_literals;

/// copies counts those that `step` makes.
template <class Step>
std::size_t copies(Step step) {
  const std::size_t before = large_blocks;
  step();
  return large_blocks - before;
}

/// The body of a call or an answer that no service message is.
core::byte_buffer message(std::size_t size) {
  core::byte_buffer body;
  body.reserve(size);
  core::writer(body).le(0x0a0b0c0d).extend(size - 4);
  return body;
}

mtproto::auth_key make_key() {
  core::test_random random(1);
  return mtproto::auth_key(core::secret_array<256>(random.array<256>()));
}

mtproto::client_session_config client_config() {
  mtproto::client_session_config config(make_key());
  config.server_salt = 1;
  config.server_time_known = true;
  config.ping_interval = 0s;
  config.future_salts_count = 0;
  return config;
}

mtproto::server_config server_config() {
  mtproto::server_config config;
  config.limits.compress_above = 0;
  return config;
}

transport::client_config stream_config(transport::framing framing, bool obfuscated) {
  transport::client_config config;
  config.framing = framing;
  config.obfuscated = obfuscated;
  return config;
}

/// Client and server from the session down to the bytes on the wire.
class Copies : public testing::TestWithParam<std::tuple<transport::framing, bool>> {
 protected:
  Copies() {
    server_.add_key(mtproto::stored_key(make_key(), 1), now_);
    server_.connection_opened(1, now_);
    client_.connection_opened(now_);
  }

  void client_sends(core::byte_buffer body) {
    mtproto::request_options how;
    how.compress = false;
    client_.submit(std::move(body), how);
    mtproto::outgoing_packet out;
    while (client_.poll_transmit(out, now_))
      client_stream_.write_packet(std::move(out.packet), out.quick_ack, wire_);
  }

  std::optional<mtproto::request_event> server_receives() {
    std::optional<mtproto::request_event> call;
    carry([this] { return server_stream_.lend(); },
          [this](transport::receive_buffer lent) {
            server_stream_.feed(std::move(lent), now_);
            take_all(server_stream_, [this](const transport::packet& one) {
              server_.handle_packet(1, one.payload, false, now_);
            });
          });
    while (auto event = server_.poll_event())
      if (auto* const found = std::get_if<mtproto::request_event>(&*event))
        call = std::move(*found);
    return call;
  }

  void server_answers(const mtproto::request_event& call, core::byte_buffer body) {
    EXPECT_TRUE(server_.respond(call.session, call.msg_id, std::move(body), now_));
    mtproto::server_output out;
    while (server_.poll_transmit(out, now_))
      server_stream_.write_packet(std::move(std::get<mtproto::send_packet>(out.action).packet),
                                  wire_);
  }

  std::optional<mtproto::answer> client_receives() {
    std::optional<mtproto::answer> answer;
    carry([this] { return client_stream_.lend(); },
          [this](transport::receive_buffer lent) {
            client_stream_.feed(std::move(lent));
            take_all(client_stream_, [this](const transport::packet& one) {
              client_.handle_packet(one.payload, now_);
            });
          });
    while (auto event = client_.poll_event())
      if (auto* const found = std::get_if<mtproto::answer>(&*event)) answer = std::move(*found);
    return answer;
  }

 private:
  /// What a socket's two ends do: the one takes the pieces from where they are, the other reads
  /// into the room that it is lent.
  template <class Lend, class Feed>
  void carry(Lend lend, Feed feed) {
    for (core::byte_view piece : wire_.views()) {
      while (!piece.empty()) {
        transport::receive_buffer lent = lend();
        const std::size_t count = std::min(lent.space().size(), piece.size());
        std::ranges::copy(piece.first(count), lent.space().begin());
        lent.commit(count);
        piece = piece.subspan(count);
        feed(std::move(lent));
      }
    }
    wire_.clear();
  }

  template <class Stream, class Take>
  static void take_all(Stream& stream, Take take) {
    for (;;) {
      const auto incoming = stream.poll();
      ASSERT_TRUE(incoming);
      if (!*incoming) return;
      take(std::get<transport::packet>(**incoming));
    }
  }

  core::instant now_{5000s, 1'707'425'106s};
  core::test_random random_{1};
  mtproto::client_session client_{client_config(), random_};
  mtproto::server server_{server_config(), random_};
  transport::client_stream client_stream_{
      stream_config(std::get<0>(GetParam()), std::get<1>(GetParam())), random_};
  transport::server_stream server_stream_{{}, random_};
  core::send_queue wire_;
};

TEST_P(Copies, OfAMessageAreOneOnEachWayAtEachEnd) {
  // The buffers that are read into grow with the first message, and are there for the next.
  client_sends(message(message_size + 1024));
  auto call = server_receives();
  ASSERT_TRUE(call);
  server_answers(*call, message(message_size + 1024));
  ASSERT_TRUE(client_receives());

  core::byte_buffer query = message(message_size);
  core::byte_buffer result = message(message_size);
  std::optional<mtproto::answer> answer;
  EXPECT_EQ(copies([&] { client_sends(std::move(query)); }), 1u);
  EXPECT_EQ(copies([&] { call = server_receives(); }), 1u);
  ASSERT_TRUE(call);
  EXPECT_EQ(call->body, message(message_size));
  EXPECT_EQ(copies([&] { server_answers(*call, std::move(result)); }), 1u);
  EXPECT_EQ(copies([&] { answer = client_receives(); }), 1u);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, message(message_size));
}

INSTANTIATE_TEST_SUITE_P(OverTcp, Copies,
                         testing::Combine(testing::Values(transport::framing::abridged,
                                                          transport::framing::intermediate,
                                                          transport::framing::padded_intermediate,
                                                          transport::framing::full),
                                          testing::Bool()),
                         [](const auto& parameters) {
                           return std::string(to_string(std::get<0>(parameters.param))) +
                                  (std::get<1>(parameters.param) ? "_obfuscated" : "");
                         });

// If this fails, the others prove nothing.
TEST(CountOfCopies, FindsOne) {
  const core::byte_buffer whole = message(message_size);
  core::byte_buffer copy;
  EXPECT_EQ(copies([&] { copy = whole; }), 1u);
  EXPECT_EQ(copies([&] { copy = message(large); }), 1u);
}

}  // namespace
}  // namespace corogram
