#include <corogram/testdc/detail/relay.hpp>

#include <asio/buffer.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

namespace corogram::testdc::detail {
namespace {

/// Units: bytes read at once.
constexpr std::size_t read_size = std::size_t{16} << 10;

auto into(std::error_code& failure) {
  return asio::redirect_error(asio::use_awaitable, failure);
}

/// The end of one direction is told to the other side, which may still have something to say.
std::error_code half_closed(asio::ip::tcp::socket& to, std::error_code failure) {
  if (failure != asio::error::eof) return failure;
  std::error_code outcome;
  to.shutdown(asio::ip::tcp::socket::shutdown_send, outcome);
  return outcome;
}

}  // namespace

//= PROXY-21
asio::awaitable<std::error_code> relay_to_fallback(std::shared_ptr<client_connection> client,
                                                   asio::ip::tcp::endpoint host,
                                                   sign_of_life alive) {
  std::error_code failure;
  co_await client->fallback.async_connect(host, into(failure));
  if (failure) co_return failure;
  client->fallback_connected = true;
  client->writer_wanted.cancel();

  const core::byte_view said = client->stream.refused();
  core::byte_buffer buffer(said.begin(), said.end());
  std::size_t count = buffer.size();
  buffer.resize(std::max(count, read_size));
  while (!failure) {
    co_await asio::async_write(client->fallback, asio::buffer(buffer.data(), count), into(failure));
    if (failure) co_return failure;
    count = co_await client->wire->read_some(buffer, failure);
    alive();
  }
  co_return half_closed(client->fallback, failure);
}

asio::awaitable<std::error_code> relay_to_client(std::shared_ptr<client_connection> client,
                                                 sign_of_life alive) {
  core::byte_buffer buffer(read_size);
  std::error_code failure;
  while (!failure) {
    const std::size_t count =
        co_await client->fallback.async_read_some(asio::buffer(buffer), into(failure));
    alive();
    if (failure) break;
    co_await client->wire->write(core::byte_view(buffer).first(count), failure);
    if (failure) co_return failure;
  }
  co_return half_closed(client->wire->socket(), failure);
}

}  // namespace corogram::testdc::detail
