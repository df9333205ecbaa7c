#pragma once

// A connection that is none of ours goes on between the client and the host that the proxy pretends
// to be: bytes are carried both ways, unread and unchanged (PROXY-21).

#include <corogram/testdc/detail/client_connection.hpp>

#include <asio/awaitable.hpp>
#include <asio/ip/tcp.hpp>

#include <functional>
#include <memory>
#include <system_error>

namespace corogram::testdc::detail {

/// Called whenever somebody has said something.
using sign_of_life = std::function<void()>;

/// relay_to_fallback connects to `host`, says there what the client has said so far, then what it
/// goes on to say, until one of the two ends. Returns why, empty if the client ended in order.
asio::awaitable<std::error_code> relay_to_fallback(std::shared_ptr<client_connection> client,
                                                   asio::ip::tcp::endpoint host,
                                                   sign_of_life alive);

/// relay_to_client carries the other direction. Pre: client->fallback_connected.
asio::awaitable<std::error_code> relay_to_client(std::shared_ptr<client_connection> client,
                                                 sign_of_life alive);

}  // namespace corogram::testdc::detail
