#pragma once

// A server on a loopback port with raw clients beside it, all on one thread.

#include <corogram/crypto/system_random.hpp>
#include <corogram/testdc/server.hpp>
#include <corogram/transport/client_stream.hpp>

#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/read.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace corogram::testdc::test {

using asio::ip::tcp;
using namespace std::chrono_literals;

/// An unencrypted req_pq_multi, as on the official page of samples.
inline core::byte_buffer req_pq_multi() {
  core::byte_buffer packet = {0,    0,    0,    0,    0,  0, 0, 0, 0xd4, 0x72, 0x06, 0x00,
                              0x50, 0x3d, 0xc5, 0x65, 20, 0, 0, 0, 0xf1, 0x8e, 0x7e, 0xbe};
  packet.resize(40, 0x5a);
  return packet;
}

/// A server and raw clients on one thread; nothing waits longer than the server's own deadlines.
class ServerTest : public testing::Test {
 protected:
  server& start(server_options options = {}) {
    options.protocol.exchange.keys.push_back(server_key());
    options.observer = [this](const server_event& event) {
      if (const auto* const ended = std::get_if<connection_ended>(&event))
        ends_.push_back(ended->reason);
      if (const auto* const probe = std::get_if<probe_noticed>(&event)) probes_.push_back(*probe);
      if (const auto* const met = std::get_if<transport_detected>(&event)) met_.push_back(*met);
    };
    server_ =
        std::make_unique<server>(context_.get_executor(), std::move(options), clock_, random_);
    asio::co_spawn(context_, server_->run(), [this](std::exception_ptr failure) {
      server_ended_ = true;
      EXPECT_FALSE(failure);
    });
    return *server_;
  }

  static crypto::rsa_private_key server_key() {
    static const auto pem = crypto::rsa_private_key::generate().to_pem();
    return *crypto::rsa_private_key::from_pem(core::as_text(pem.view()));
  }

  tcp::socket connect() {
    tcp::socket socket(context_);
    socket.connect(server_->endpoint());
    return socket;
  }

  /// Lets everybody run until `done`.
  template <class Condition>
  void run_until(Condition done) {
    while (!done() && context_.run_one_for(20s) != 0) {
    }
    EXPECT_TRUE(done());
  }

  void write(tcp::socket& socket, const core::byte_buffer& bytes) {
    asio::write(socket, asio::buffer(bytes));
  }

  /// Sends each byte alone, and lets the server have it before the next.
  void write_bytewise(tcp::socket& socket, const core::byte_buffer& bytes) {
    for (const core::byte each : bytes) {
      write(socket, {each});
      context_.restart();
      context_.poll();
    }
  }

  /// Reads once; nothing at the end of the stream.
  core::byte_buffer read_some(tcp::socket& socket) {
    core::byte_buffer received(4096);
    bool done = false;
    socket.async_read_some(asio::buffer(received), [&](std::error_code, std::size_t count) {
      received.resize(count);
      done = true;
    });
    run_until([&] { return done; });
    return received;
  }

  /// Reads until the server closes.
  core::byte_buffer read_to_end(tcp::socket& socket) {
    core::byte_buffer received;
    std::error_code end;
    bool ended = false;
    asio::async_read(socket, asio::dynamic_buffer(received),
                     [&](std::error_code failure, std::size_t) {
                       end = failure;
                       ended = true;
                     });
    run_until([&] { return ended; });
    EXPECT_EQ(end, asio::error::eof);
    return received;
  }

  void stop() {
    server_->stop();
    run_until([&] { return server_ended_; });
  }

  asio::io_context context_{1};
  core::system_clock clock_;
  crypto::system_random random_;
  std::unique_ptr<server> server_;
  std::vector<std::string> ends_;
  std::vector<probe_noticed> probes_;
  std::vector<transport_detected> met_;
  bool server_ended_ = false;
};

}  // namespace corogram::testdc::test
