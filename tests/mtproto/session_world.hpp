#pragma once

// A server and a client on one virtual clock, with a line between them that is late, and on demand
// loses, repeats, reorders and breaks. Calls are counted where they run and where they are
// answered.

#include "session_support.hpp"

#include <corogram/mtproto/server.hpp>
#include <corogram/mtproto/session_client.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <queue>

namespace corogram::mtproto::session_test {

/// What the line does to packets. In percent.
struct weather {
  std::uint64_t lost = 0;
  std::uint64_t repeated = 0;
  /// Packets take 20 ms, and up to this much more, each for itself: they overtake each other.
  std::chrono::milliseconds jitter{0};
  /// Chance that the connection breaks, for each packet.
  std::uint64_t breaks = 0;
};

class world {
 public:
  explicit world(std::uint64_t seed = 1, client_session_config client_config = world_client(),
                 server_config config = bench_config())
      : random(seed), machine(std::move(config), random), client(std::move(client_config), random) {
    machine.add_key(stored_key(make_key(1), 0x5a5a), now);
  }

  static client_session_config world_client() {
    client_session_config config(make_key(1));
    config.server_salt = 0x5a5a;
    config.server_time_known = true;
    return config;
  }

  core::instant client_now() const { return {now.steady, now.wall + skew}; }

  void submit(std::int32_t n) { numbers[client.submit(call_body(n))] = n; }

  /// Runs until `done`, at most for `limit`. False: the time was over first.
  bool run(const std::function<bool()>& done, std::chrono::nanoseconds limit = 3600s) {
    const core::deadline end = now.steady + limit;
    while (true) {
      drain_all();
      if (done()) return true;
      const core::deadline next = next_event();
      if (next > end) {
        now = core::later(now, end - now.steady);
        return false;
      }
      if (next > now.steady) now = core::later(now, next - now.steady);
      happen();
    }
  }
  /// Runs until every call has its outcome.
  bool finish(std::chrono::nanoseconds limit = 3600s) {
    return run([&] { return client.requests_under_way() == 0; }, limit);
  }
  void pass(std::chrono::nanoseconds time) {
    run([] { return false; }, time);
  }

  void connect() {
    if (connection != 0) return;
    connection = ++last_connection;
    machine.connection_opened(connection, now);
    client.connection_opened(client_now());
  }
  /// What is on its way is lost.
  void disconnect() {
    if (connection == 0) return;
    machine.connection_closed(connection, now);
    connection = 0;
    client.connection_closed(client_now());
  }

  void expect_each_ran_once() const {
    for (const auto& [request, n] : numbers) {
      EXPECT_EQ(executed.contains(n) ? executed.at(n) : 0, 1) << "call " << n << " ran";
      EXPECT_EQ(answered.contains(n) ? answered.at(n) : 0, 1) << "call " << n << " was answered";
    }
    EXPECT_TRUE(failed.empty());
  }

  core::instant now = start;
  /// How far the client's wall clock is ahead.
  std::chrono::nanoseconds skew{0};
  core::test_random random;
  server machine;
  client_session client;
  weather line;
  /// How long a call runs: at least nothing, at most so long.
  std::chrono::milliseconds slowness{0};
  /// Called for each packet that is about to arrive; may disconnect.
  std::function<void(int)> on_arrival;

  connection_id connection = 0;
  connection_id last_connection = 0;
  int arrivals = 0;
  std::map<request_id, std::int32_t> numbers;
  std::map<std::int32_t, int> executed;
  std::map<std::int32_t, int> answered;
  std::map<std::int32_t, int> updates;
  std::vector<std::error_code> failed;
  std::vector<client_event> client_events;
  std::vector<server_event> server_events;
  std::vector<session_key> sessions;

 private:
  struct arrival {
    connection_id connection = 0;
    bool at_server = false;
    bool quick_ack = false;
    std::variant<core::byte_buffer, std::int32_t, std::uint32_t, hang_up> what;
  };
  struct response {
    session_key session;
    std::int64_t msg_id = 0;
    std::int32_t n = 0;
  };
  using happening = std::variant<arrival, response>;

  void at(core::deadline time, happening what) {
    happenings.emplace(std::pair(time, ++order_), std::move(what));
  }

  void send(arrival packet) {
    const bool is_packet = std::holds_alternative<core::byte_buffer>(packet.what);
    const auto delay = [&] {
      return 20ms + (line.jitter.count() == 0
                         ? 0ms
                         : std::chrono::milliseconds(
                               random.below(static_cast<std::uint64_t>(line.jitter.count()))));
    };
    if (is_packet && random.below(100) < line.lost) return;
    if (is_packet && random.below(100) < line.repeated) at(now.steady + delay(), packet);
    at(now.steady + delay(), std::move(packet));
  }

  void drain_all() {
    outgoing_packet out;
    while (connection != 0 && client.poll_transmit(out, client_now()))
      send({connection, true, out.quick_ack, copy_of(out.packet)});
    server_output output;
    while (machine.poll_transmit(output, now)) {
      std::visit(
          [&](auto& action) {
            using type = std::remove_reference_t<decltype(action)>;
            if constexpr (std::is_same_v<type, send_packet>)
              send({output.connection, false, false, copy_of(action.packet)});
            else if constexpr (std::is_same_v<type, send_quick_ack>)
              send({output.connection, false, false, action.token});
            else if constexpr (std::is_same_v<type, send_transport_error>)
              send({output.connection, false, false, action.code});
            else
              send({output.connection, false, false, action});
          },
          output.action);
    }
    while (auto event = machine.poll_event()) {
      if (auto* const request = std::get_if<request_event>(&*event)) {
        const std::int32_t n = number_in(request->body);
        ++executed[n];
        const auto pause = slowness.count() == 0
                               ? 0ms
                               : std::chrono::milliseconds(
                                     random.below(static_cast<std::uint64_t>(slowness.count())));
        at(now.steady + pause, response{request->session, request->msg_id, n});
      } else if (auto* const created = std::get_if<session_created>(&*event)) {
        sessions.push_back(created->session);
      }
      server_events.push_back(std::move(*event));
    }
    bool close = false;
    while (auto event = client.poll_event()) {
      if (auto* const done = std::get_if<answer>(&*event)) {
        EXPECT_EQ(number_in(done->body), numbers.at(done->request));
        ++answered[numbers.at(done->request)];
      } else if (auto* const failure = std::get_if<request_failed>(&*event)) {
        failed.push_back(failure->reason.code);
      } else if (auto* const news = std::get_if<update>(&*event)) {
        ++updates[number_in(news->body)];
      } else if (std::holds_alternative<close_connection>(*event) ||
                 std::holds_alternative<key_unknown>(*event)) {
        close = true;
      }
      client_events.push_back(std::move(*event));
    }
    if (close) {
      disconnect();
      connect();
      drain_all();
    }
  }

  core::deadline next_event() const {
    core::deadline next = core::deadline::max();
    if (!happenings.empty()) next = happenings.begin()->first.first;
    if (const auto due = machine.poll_deadline()) next = std::min(next, *due);
    if (const auto due = client.poll_deadline()) next = std::min(next, *due);
    return next;
  }

  void happen() {
    machine.handle_timeout(now);
    client.handle_timeout(client_now());
    if (happenings.empty() || happenings.begin()->first.first > now.steady) return;
    happening next = std::move(happenings.extract(happenings.begin()).mapped());
    if (auto* const due = std::get_if<response>(&next)) {
      machine.respond(due->session, due->msg_id, answer_body(due->n), now);
      return;
    }
    auto& packet = std::get<arrival>(next);
    if (on_arrival) on_arrival(arrivals);
    ++arrivals;
    if (line.breaks != 0 && random.below(100) < line.breaks) disconnect();
    connect();
    if (packet.connection != connection) return;
    if (auto* const bytes = std::get_if<core::byte_buffer>(&packet.what)) {
      if (packet.at_server)
        machine.handle_packet(connection, *bytes, packet.quick_ack, now);
      else
        client.handle_packet(*bytes, client_now());
    } else if (auto* const code = std::get_if<std::int32_t>(&packet.what)) {
      client.handle_transport_error(*code, client_now());
    } else if (auto* const token = std::get_if<std::uint32_t>(&packet.what)) {
      client.handle_quick_ack(*token);
    } else {
      disconnect();
      connect();
    }
  }

  std::uint64_t order_ = 0;
  std::map<std::pair<core::deadline, std::uint64_t>, happening> happenings;
};

}  // namespace corogram::mtproto::session_test
