#pragma once

// One TCP connection as the shells use it, client's and server's: bare, or inside TLS. Nothing
// above it knows which.

#include <corogram/core/bytes.hpp>

#include <asio/awaitable.hpp>
#include <asio/buffer.hpp>
#include <asio/ip/tcp.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <system_error>
#include <vector>

namespace corogram::rpc {

/// A connection. One coroutine reads while another one writes, on one strand.
/// The references that its coroutines take are good because whoever calls them awaits at once.
class byte_stream {
 public:
  byte_stream() = default;
  byte_stream(const byte_stream&) = delete;
  byte_stream& operator=(const byte_stream&) = delete;
  virtual ~byte_stream() = default;

  /// handshake does what has to be done before the first byte; nothing on bare TCP.
  virtual asio::awaitable<void> handshake(std::error_code& failure) = 0;
  /// read_some returns how many bytes it has read into `target`, at least one unless it fails.
  virtual asio::awaitable<std::size_t> read_some(core::byte_span target,
                                                 std::error_code& failure) = 0;
  /// write writes all of `pieces`, in order. Lifetime: they are not touched until it returns.
  virtual asio::awaitable<void> write(std::span<const core::byte_view> pieces,
                                      std::error_code& failure) = 0;
  asio::awaitable<void> write(core::byte_view bytes, std::error_code& failure);
  /// socket gives what is below. Closing it ends everything that is under way.
  [[nodiscard]] virtual asio::ip::tcp::socket& socket() noexcept = 0;
};

namespace detail {

/// gathered is `pieces` as Asio takes them. Lifetime: that of the pieces.
[[nodiscard]] std::vector<asio::const_buffer> gathered(std::span<const core::byte_view> pieces);

}  // namespace detail

/// make_tcp_stream takes a socket, connected already or about to be.
std::unique_ptr<byte_stream> make_tcp_stream(asio::ip::tcp::socket socket);

}  // namespace corogram::rpc
