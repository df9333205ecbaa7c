#pragma once

// A server on a loopback socket for tests of the shell: the server machines of the layers below,
// and a few ways to misbehave.

#include <corogram/core/bytes.hpp>
#include <corogram/mtproto/server.hpp>

#include <asio/io_context.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

namespace corogram::rpc::test {

enum class manners {
  serves,
  /// Accepts and never answers.
  silent,
  /// Accepts and hangs up.
  hangs_up,
  /// Answers whatever comes with bytes that mean nothing.
  rubbish,
};

/// Listens on a port of its own until it is stopped or destroyed.
/// Lifetime: the context must outlive the peer. Threads: one runs the context.
class peer {
 public:
  explicit peer(asio::io_context& context, manners how = manners::serves);
  peer(const peer&) = delete;
  peer& operator=(const peer&) = delete;
  ~peer();

  [[nodiscard]] std::uint16_t port() const;
  /// accepted counts connections.
  [[nodiscard]] std::size_t accepted() const;
  /// dropped counts calls that the client has given up while they ran.
  [[nodiscard]] std::size_t dropped() const;

  /// Has `take` called for each API call, with its wrappers taken off. The answer may come later.
  void on_call(std::function<void(const mtproto::request_event&, core::byte_view call)> take);
  void answer(const mtproto::request_event& call, core::byte_buffer body);
  void refuse(const mtproto::request_event& call, std::int32_t code, std::string_view text);
  /// push sends an update to every session.
  void push(const core::byte_buffer& body);
  /// cut ends every TCP connection, without a word.
  void cut();
  /// stop ends them and closes the port.
  void stop();

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace corogram::rpc::test
