#pragma once

// TCP connections as they are on bad days. Bytes arrive in order or not at all; everything else is
// drawn: how late, in which pieces, how fast, and where the connection ends.

#include "setting.hpp"

#include <corogram/core/bytes.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>

namespace corogram::simulation {

enum class heading { to_server, to_client };

/// What one end of a connection is told. The network calls it at the right times, and no more once
/// the end has closed.
class network_end {
 public:
  virtual ~network_end() = default;
  virtual void bytes_arrived(std::uint64_t connection, core::byte_view bytes) = 0;
  /// The other end closed the connection in order, or it broke.
  virtual void connection_ended(std::uint64_t connection, bool broken) = 0;
};

class network {
 public:
  explicit network(setting& around) noexcept : around_(around) {}

  /// attach_server says who accepts connections.
  void attach_server(network_end& server, std::function<void(std::uint64_t)> accepted) {
    server_ = &server;
    accepted_ = std::move(accepted);
  }

  /// connect opens a connection: `done` is told whether it could be, unless nobody answers.
  std::uint64_t connect(network_end& client, std::function<void(bool)> done);
  /// send puts bytes on their way and returns when the last of them has left the sender.
  nanoseconds send(std::uint64_t connection, heading where, core::byte_buffer bytes);
  /// close ends a connection from one side. What is on its way still arrives at the other.
  void close(std::uint64_t connection, heading other_end);

  // Faults of the moment.

  /// cut breaks a connection for both ends, what is on its way included.
  void cut(std::uint64_t connection);
  /// cut_all breaks every connection, as the end of the server's process does.
  void cut_all();
  /// altered returns whether bytes of a connection were changed on their way.
  [[nodiscard]] bool altered(std::uint64_t connection) const;
  /// any draws a connection whose two ends both think that it is open.
  [[nodiscard]] std::optional<std::uint64_t> any() const;

 private:
  enum class pieces { whole, segments, scraps, single_bytes };

  struct pipe {
    pieces cutting = pieces::whole;
    nanoseconds latency{};
    /// 0: no limit.
    std::uint64_t bytes_per_second = 0;
    /// Counted bytes, from 0: where the connection is cut, where it falls silent, which is wrong.
    std::optional<std::uint64_t> cut_at;
    std::optional<std::uint64_t> silent_from;
    std::optional<std::uint64_t> flip_at;
    std::uint64_t sent = 0;
    nanoseconds idle_from{};
    nanoseconds last_arrival{};
  };
  struct line {
    network_end* client = nullptr;
    bool client_open = false;
    bool server_open = false;
    /// Nothing gets through any more, and nobody is told.
    bool silent = false;
    /// Nothing more can be sent, and both will be told.
    bool broken = false;
    bool late_close = false;
    bool altered = false;
    std::array<pipe, 2> pipes;
  };

  pipe draw_pipe(heading where);
  void corrupt(line& on, pipe& way, heading where, core::byte_buffer& bytes);
  void deliver(std::uint64_t connection, heading where, core::byte_view bytes);
  void end_for(std::uint64_t connection, heading where, bool broken);
  void break_at(std::uint64_t connection, heading where, nanoseconds when);
  void give_up_later(std::uint64_t connection, heading where);
  [[nodiscard]] std::size_t next_piece(const pipe& way, std::size_t done, std::size_t left);
  void late(pipe& way);
  [[nodiscard]] bool draw(fault kind);
  void forget_if_over(std::uint64_t connection);

  setting& around_;
  network_end* server_ = nullptr;
  std::function<void(std::uint64_t)> accepted_;
  std::map<std::uint64_t, line> lines_;
  std::uint64_t last_ = 0;
};

}  // namespace corogram::simulation
