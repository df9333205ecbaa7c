#include <corogram/rpc/byte_stream.hpp>

#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

#include <utility>

namespace corogram::rpc {
namespace {

class tcp_stream final : public byte_stream {
 public:
  explicit tcp_stream(asio::ip::tcp::socket socket) : socket_(std::move(socket)) {}

  asio::awaitable<void> handshake(std::error_code&) override { co_return; }

  asio::awaitable<std::size_t> read_some(core::byte_span target,
                                         std::error_code& failure) override {
    return socket_.async_read_some(asio::buffer(target.data(), target.size()),
                                   asio::redirect_error(asio::use_awaitable, failure));
  }

  asio::awaitable<void> write(std::span<const core::byte_view> pieces,
                              std::error_code& failure) override {
    co_await asio::async_write(socket_, detail::gathered(pieces),
                               asio::redirect_error(asio::use_awaitable, failure));
  }

  asio::ip::tcp::socket& socket() noexcept override { return socket_; }

 private:
  asio::ip::tcp::socket socket_;
};

}  // namespace

std::vector<asio::const_buffer> detail::gathered(std::span<const core::byte_view> pieces) {
  std::vector<asio::const_buffer> buffers;
  buffers.reserve(pieces.size());
  for (const core::byte_view piece : pieces) buffers.emplace_back(piece.data(), piece.size());
  return buffers;
}

asio::awaitable<void> byte_stream::write(core::byte_view bytes, std::error_code& failure) {
  co_await write(std::span<const core::byte_view>(&bytes, 1), failure);
}

std::unique_ptr<byte_stream> make_tcp_stream(asio::ip::tcp::socket socket) {
  return std::make_unique<tcp_stream>(std::move(socket));
}

}  // namespace corogram::rpc
