#include "server_support.hpp"

#include <corogram/testdc/errc.hpp>
#include <corogram/transport/client_stream.hpp>

#include <vector>

namespace corogram::testdc {
namespace {

using namespace test;

TEST_F(ServerTest, EndsCleanlyWithConnectionsOpen) {
  start();
  const tcp::socket silent = connect();
  tcp::socket talking = connect();
  write(talking, {0xef, 0x0a, 0, 0});
  run_until([&] { return server_->connections() == 2; });
  stop();
  EXPECT_EQ(server_->connections(), 0u);
}

TEST_F(ServerTest, ClosesWhatSpeaksNoProtocolAndServesTheNext) {
  start();
  tcp::socket rubbish = connect();
  // A length of zero in plain abridged framing.
  write(rubbish, {0xef, 0x00});
  EXPECT_TRUE(read_to_end(rubbish).empty());
  tcp::socket good = connect();
  write(good, core::concat(core::byte_buffer{0xef, 10}, req_pq_multi()));
  core::byte_buffer length(1);
  bool answered = false;
  asio::async_read(good, asio::buffer(length),
                   [&](std::error_code failure, std::size_t) { answered = !failure; });
  run_until([&] { return answered; });
  stop();
}

//= TR-28 test
TEST_F(ServerTest, SaysThatItDoesNotKnowAKeyBeforeItCloses) {
  start();
  tcp::socket socket = connect();
  core::byte_buffer unknown_key(24 + 64, 0x11);
  core::byte_buffer wire{0xef, static_cast<core::byte>(unknown_key.size() / 4)};
  core::append(wire, unknown_key);
  // More than the server will read: it must not reset the connection over it.
  core::append(wire, core::byte_buffer(100'000, 0x22));
  write(socket, wire);
  //= TR-26 test
  EXPECT_EQ(read_to_end(socket), (core::byte_buffer{0x01, 0x6c, 0xfe, 0xff, 0xff}));
  socket.close();
  run_until([&] { return ends_.size() == 1; });
  stop();
}

TEST_F(ServerTest, ClosesAConnectionWhoseFirstPacketNeverComes) {
  server_options options;
  options.first_packet_timeout = 30ms;
  start(std::move(options));
  tcp::socket socket = connect();
  write(socket, {0xef, 0x0a, 0, 0});
  EXPECT_TRUE(read_to_end(socket).empty());
  run_until([&] { return ends_.size() == 1; });
  EXPECT_NE(ends_[0].find("corogram.testdc"), std::string::npos) << ends_[0];
  stop();
}

TEST_F(ServerTest, ClosesAConnectionThatStopsWithinAPacket) {
  server_options options;
  options.packet_timeout = 30ms;
  start(std::move(options));
  tcp::socket socket = connect();
  write(socket, core::concat(core::byte_buffer{0xef, 10}, req_pq_multi(), core::byte_buffer{10}));
  EXPECT_FALSE(read_to_end(socket).empty());
  stop();
}

TEST_F(ServerTest, KeepsAConnectionThatIsSilentBetweenPackets) {
  server_options options;
  options.first_packet_timeout = 5s;
  options.packet_timeout = 5s;
  start(std::move(options));
  tcp::socket socket = connect();
  write(socket, core::concat(core::byte_buffer{0xef, 10}, req_pq_multi()));
  core::byte_buffer some(1);
  bool answered = false;
  asio::async_read(socket, asio::buffer(some),
                   [&](std::error_code failure, std::size_t) { answered = !failure; });
  run_until([&] { return answered; });
  (void)context_.run_one_for(1ms);
  EXPECT_EQ(server_->connections(), 1u);
  stop();
}

TEST_F(ServerTest, RefusesConnectionsBeyondItsLimit) {
  server_options options;
  options.max_connections = 1;
  start(std::move(options));
  const tcp::socket first = connect();
  run_until([&] { return server_->connections() == 1; });
  tcp::socket second = connect();
  EXPECT_TRUE(read_to_end(second).empty());
  EXPECT_EQ(server_->connections(), 1u);
  stop();
}

TEST_F(ServerTest, ServesHundredsOfClientsAtOnceInEveryFraming) {
  start();
  constexpr std::size_t clients = 400;
  const transport::framing kinds[] = {
      transport::framing::abridged, transport::framing::intermediate,
      transport::framing::padded_intermediate, transport::framing::full};
  std::vector<tcp::socket> sockets;
  std::vector<transport::client_stream> streams;
  std::vector<core::byte_buffer> buffers(clients, core::byte_buffer(4096));
  std::size_t answered = 0;
  for (std::size_t i = 0; i < clients; ++i) {
    transport::client_config config;
    config.framing = kinds[i % 4];
    config.obfuscated = i % 8 >= 4;
    streams.emplace_back(config, random_);
    sockets.push_back(connect());
    core::byte_buffer wire;
    streams.back().write_packet(req_pq_multi(), false, wire);
    write(sockets.back(), wire);
    while (context_.poll_one() != 0) {
    }
  }
  for (std::size_t i = 0; i < clients; ++i)
    sockets[i].async_read_some(
        asio::buffer(buffers[i]), [&, i](std::error_code failure, std::size_t count) {
          ASSERT_FALSE(failure);
          streams[i].feed(core::byte_view(buffers[i]).first(count));
          const auto incoming = streams[i].poll();
          ASSERT_TRUE(incoming && *incoming);
          const auto* const packet = std::get_if<transport::packet>(&**incoming);
          ASSERT_NE(packet, nullptr);
          // resPQ repeats our nonce behind its number.
          ASSERT_GE(packet->payload.size(), 40u);
          EXPECT_EQ(packet->payload[24], 0x5a);
          ++answered;
        });
  run_until([&] { return answered == clients; });
  EXPECT_EQ(server_->connections(), clients);
  stop();
}

}  // namespace
}  // namespace corogram::testdc
