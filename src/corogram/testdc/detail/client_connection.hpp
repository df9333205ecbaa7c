#pragma once

// What the server keeps for one client.

#include <corogram/core/bytes.hpp>
#include <corogram/core/clock.hpp>
#include <corogram/core/send_queue.hpp>
#include <corogram/mtproto/server.hpp>
#include <corogram/rpc/byte_stream.hpp>
#include <corogram/transport/server_stream.hpp>

#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace corogram::testdc::detail {

/// What becomes of the bytes that a client sends.
enum class conversation {
  /// The machines get them.
  open,
  /// We have hung up, or want to look dead: they are dropped. What was said before is written.
  deaf,
  /// The fallback gets them.
  handed_over,
};

/// One client.
struct client_connection {
  client_connection(mtproto::connection_id id_, std::unique_ptr<rpc::byte_stream> wire_,
                    transport::server_stream stream_)
      : id(id_),
        wire(std::move(wire_)),
        stream(std::move(stream_)),
        writer_wanted(wire->socket().get_executor()),
        fallback(wire->socket().get_executor()) {}

  mtproto::connection_id id;
  std::unique_ptr<rpc::byte_stream> wire;
  transport::server_stream stream;
  bool tls = false;
  conversation state = conversation::open;
  /// Nothing more is written once what waits has been.
  bool hung_up = false;
  /// Waits to be written; `in_flight` is being written and not touched.
  core::send_queue unsent;
  core::send_queue in_flight;
  /// Cancelled when there is something to do for the writer.
  asio::steady_timer writer_wanted;
  /// When the client has to be done with what it has begun: its first packet, a later one, or, once
  /// we have hung up, closing its side. None: it may be silent.
  std::optional<core::deadline> due;
  bool reported_transport = false;
  bool closed = false;
  /// The coroutines that have not ended: reader and writer.
  int halves = 2;
  std::string reason;

  /// The host that it was handed to, and whether that has taken the connection.
  asio::ip::tcp::socket fallback;
  bool fallback_connected = false;
};

}  // namespace corogram::testdc::detail
