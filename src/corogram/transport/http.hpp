#pragma once

// The HTTP framing: each query of the client is a POST whose body is one packet as it is, each
// answer of the server the response to one.
//
//   POST /api HTTP/1.1 CRLF Host: … CRLF Content-Length: n CRLF CRLF      packet of n bytes
//   HTTP/1.1 200 OK CRLF Content-Length: n CRLF CRLF                      packet of n bytes
//   HTTP/1.1 404 Not Found CRLF …                                         transport error -404
//
// The server speaks only when a query waits for an answer. There is no quick ack (WS-22). A client
// may send queries before the last one is answered: the answers come in the order of the queries,
// but what is in them depends on no order.

#include <corogram/core/bytes.hpp>
#include <corogram/core/packet_buffer.hpp>
#include <corogram/core/result.hpp>
#include <corogram/transport/frame.hpp>
#include <corogram/transport/framing.hpp>
#include <corogram/transport/http_head.hpp>
#include <corogram/transport/http_target.hpp>

#include <cstddef>
#include <cstdint>

namespace corogram::transport {

/// Reads and writes HTTP messages. Counts the queries that have no answer yet.
class http {
 public:
  /// `side` is the end that uses this codec. `target` is the client's.
  http(role side, std::size_t max_payload, http_target target);

  /// enclose makes a query or an answer of a packet. Its head needs more room than a packet_buffer
  /// has: here, and only here, the packet moves.
  /// Pre: can_write().
  void enclose(core::packet_buffer& payload);
  /// write_transport_error appends an answer without a packet.
  /// Pre: can_write().
  void write_transport_error(std::int32_t code, core::byte_buffer& out);

  /// can_write returns whether there is a query to answer; for a client it is always true.
  [[nodiscard]] bool can_write() const noexcept { return side_ == role::client || waiting_ > 0; }

  /// unanswered counts the queries without an answer.
  [[nodiscard]] std::size_t unanswered() const noexcept { return waiting_; }

  /// read looks for a message at the beginning of `input`. What the codec has to answer by itself,
  /// a question for permission or a refusal, waits in replies().
  /// Errors: errc::bad_http; errc::bad_length.
  [[nodiscard]] core::result<read_outcome> read(core::byte_span input);

  /// replies returns what has to be sent; the caller empties it.
  [[nodiscard]] core::byte_buffer& replies() noexcept { return replies_; }

 private:
  core::result<read_outcome> read_query(core::byte_span input);
  core::result<read_outcome> read_answer(core::byte_span input);
  core::result<read_outcome> permit(const http_head& head);
  core::error refuse(int status, core::error failure);
  void write_answer_head(int status, std::size_t length, core::byte_buffer& out) const;

  role side_;
  std::size_t max_payload_;
  http_target target_;
  std::size_t waiting_ = 0;
  /// The queries come from a browser's page (a path with w): answers carry CORS headers.
  bool cross_origin_ = false;
  /// The rest of a body that means nothing.
  std::uint64_t skipped_ = 0;
  core::byte_buffer replies_;
};

}  // namespace corogram::transport
