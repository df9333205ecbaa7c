// A client's session and a server with a network between them that keeps, loses, repeats, reorders
// and alters packets, breaks, and lets time pass. What is altered is refused. In the end comes
// calm, and then every call has run once at most, and has been answered with its own answer; and
// whoever plays again all that was sent makes nothing happen.

#include "support/exchange.hpp"
#include "support/session.hpp"
#include "support/watcher.hpp"

#include <corogram/core/writer.hpp>
#include <corogram/mtproto/errc.hpp>
#include <corogram/mtproto/server.hpp>
#include <corogram/mtproto/session_client.hpp>

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <variant>

namespace corogram::fuzz {

namespace {

using namespace mtproto;
using namespace std::chrono_literals;

constexpr int most_moves = 128;
constexpr int calm_steps = 4000;
constexpr std::size_t most_recorded = 256;
constexpr std::uint32_t call_number = 0x0a0b0c0d;
constexpr std::uint32_t answer_number = 0x0d0c0b0a;

core::byte_buffer numbered(std::uint32_t kind, std::int32_t n, std::size_t filler = 0) {
  core::byte_buffer body;
  core::writer(body).le(kind).le(n).extend(filler);
  return body;
}

std::int32_t number_in(core::byte_view body) {
  return body.size() < 8 ? -1 : core::load_le<std::int32_t>(body.data() + 4);
}

client_session_config client_config(core::byte chosen) {
  client_session_config config(session::key_number(0).clone());
  config.server_salt = (chosen & 1) != 0 ? 0 : session::salt;
  config.server_time_known = (chosen & 2) == 0;
  if ((chosen & 4) != 0) config.future_salts_count = 0;
  config.compress_above = 64;
  // What is altered may cost a call more repairs than any honest network does.
  config.repair_limit = 1000;
  return config;
}

server_config make_server_config(core::byte chosen) {
  server_config config;
  config.exchange.keys.push_back(exchange::server_key().clone());
  if ((chosen & 8) != 0) config.limits.detailed_info_above = 16;
  config.limits.compress_above = (chosen & 16) != 0 ? 32 : 0;
  return config;
}

class pair_under_attack {
 public:
  explicit pair_under_attack(choices& from) : pair_under_attack(from, from.byte()) {}

  void run() {
    connect();
    for (int moves = 0; moves < most_moves && !from_.empty(); ++moves) {
      move();
      drain();
    }
    calm();
    play_again();
    for (const auto& [request, n] : numbers_)
      require(outcomes_[n] == 1, "in calm every call comes to an end");
    for (const auto& [n, runs] : executed_) require(runs == 1, "no call runs twice");
    for (const auto& [n, times] : updates_) require(times <= 1, "an update is seen once at most");
  }

 private:
  struct to_server {
    core::byte_buffer packet;
    bool quick_ack = false;
    // What is altered twice may be what it was.
    core::byte_buffer sent = packet;
  };
  struct to_client {
    std::variant<core::byte_buffer, std::uint32_t, std::int32_t, hang_up> what;
    std::variant<core::byte_buffer, std::uint32_t, std::int32_t, hang_up> sent = what;
  };

  pair_under_attack(choices& from, core::byte chosen)
      : from_(from),
        random_(1),
        server_(make_server_config(chosen), random_),
        client_(client_config(chosen), random_) {
    server_.add_key(stored_key(session::key_number(0).clone(), session::salt), now_);
    if ((chosen & 32) != 0) skew_ = 40s;
    if ((chosen & 64) != 0) skew_ = -400s;
  }

  [[nodiscard]] core::instant client_now() const { return {now_.steady, now_.wall + skew_}; }

  void connect() {
    if (connection_ != 0) return;
    connection_ = ++last_connection_;
    server_.connection_opened(connection_, now_);
    client_.connection_opened(client_now());
  }

  void disconnect() {
    if (connection_ == 0) return;
    server_.connection_closed(connection_, now_);
    connection_ = 0;
    up_.clear();
    down_.clear();
    client_.connection_closed(client_now());
  }

  void move() {
    switch (from_.below(14)) {
      case 0:
      case 1:
        return submit();
      case 2:
        return respond();
      case 3:
        if (!sessions_.empty())
          static_cast<void>(
              server_.push(sessions_.back(), numbered(answer_number, ++pushed_), now_));
        return;
      case 4:
        now_ = core::later(now_, std::chrono::milliseconds(from_.below(65536)));
        return time_out();
      case 5:
        disconnect();
        return;
      case 6:
        return connect();
      case 7:
        return meddle_upwards();
      case 8:
        return meddle_downwards();
      case 9:
        return drop();
      default:
        if (from_.flag())
          arrive_up();
        else
          arrive_down();
    }
  }

  void submit() {
    const std::int32_t n = static_cast<std::int32_t>(numbers_.size());
    request_options options;
    options.quick_ack = from_.flag();
    numbers_[client_.submit(numbered(call_number, n, 4 * from_.below(64)), options)] = n;
  }

  void drop() {
    if (numbers_.empty()) return;
    const auto chosen =
        std::next(numbers_.begin(), static_cast<std::ptrdiff_t>(from_.below(numbers_.size())));
    // What the server names as dropped it may never have sent. The call has its end here.
    server_sent_.numbers_may_be_skipped();
    if (client_.drop(chosen->first)) ++outcomes_[chosen->second];
  }

  void respond() {
    if (running_.empty()) return;
    const running_call call = running_.front();
    running_.pop_front();
    static_cast<void>(server_.respond(
        call.session, call.msg_id, numbered(answer_number, call.n, answer_filler(call.n)), now_));
  }

  // Some answers are long enough to be packed, some to be announced only.
  static std::size_t answer_filler(std::int32_t n) { return static_cast<std::size_t>(n) % 4 * 16; }

  template <class Queue>
  void meddle(Queue& queue) {
    switch (from_.below(3)) {
      case 0:  // lost
        return queue.pop_front();
      case 1:  // late
        queue.push_back(std::move(queue.front()));
        return queue.pop_front();
      default:  // twice
        return queue.push_back(queue.front());
    }
  }

  void meddle_upwards() {
    if (up_.empty()) return;
    if (from_.flag()) return meddle(up_);
    alter_text(up_.front().packet);
  }

  void meddle_downwards() {
    if (down_.empty()) return;
    if (from_.flag()) return meddle(down_);
    if (auto* const packet = std::get_if<core::byte_buffer>(&down_.front().what))
      alter_text(*packet);
  }

  // Bytes that a transport leaves behind a packet are no part of it, so none are added.
  void alter_text(core::byte_buffer& packet) {
    const std::size_t size = packet.size();
    alter(from_, packet);
    packet.resize(size);
  }

  void arrive_up() {
    if (connection_ == 0 || up_.empty()) return;
    to_server arrived = std::move(up_.front());
    up_.pop_front();
    drain();
    const std::size_t before = executed_total_;
    const bool altered = arrived.packet != arrived.sent;
    server_.handle_packet(connection_, arrived.packet, arrived.quick_ack, now_);
    drain();
    if (altered) require(executed_total_ == before, "nothing altered makes a call run");
  }

  void arrive_down() {
    if (connection_ == 0 || down_.empty()) return;
    to_client arrived = std::move(down_.front());
    down_.pop_front();
    if (auto* const packet = std::get_if<core::byte_buffer>(&arrived.what)) {
      const std::size_t before = answered_total_;
      const bool altered = *packet != std::get<core::byte_buffer>(arrived.sent);
      client_.handle_packet(*packet, client_now());
      drain();
      if (altered) require(answered_total_ == before, "nothing altered is an answer");
    } else if (const auto* const token = std::get_if<std::uint32_t>(&arrived.what)) {
      client_.handle_quick_ack(*token);
    } else if (const auto* const code = std::get_if<std::int32_t>(&arrived.what)) {
      client_.handle_transport_error(*code, client_now());
    } else {
      disconnect();
    }
  }

  void time_out() {
    client_.handle_timeout(client_now());
    server_.handle_timeout(now_);
  }

  void drain() {
    outgoing_packet out;
    while (connection_ != 0 && client_.poll_transmit(out, client_now())) {
      client_sent_.sent(client_.key(), out.packet);
      up_.push_back({{out.packet.view().begin(), out.packet.view().end()}, out.quick_ack});
      if (recorded_up_.size() < most_recorded) recorded_up_.push_back(up_.back().packet);
    }
    drain_server();
    bool close = false;
    while (auto event = client_.poll_event()) close |= note(*event);
    if (close) disconnect();
  }

  void drain_server() {
    drain_server_events();
    server_output output;
    while (server_.poll_transmit(output, now_)) {
      require(output.connection == connection_, "what goes out goes to the connection");
      if (auto* const packet = std::get_if<send_packet>(&output.action)) {
        server_sent_.sent(client_.key(), packet->packet);
        const core::byte_view bytes = packet->packet;
        core::byte_buffer copy(bytes.begin(), bytes.end());
        if (recorded_down_.size() < most_recorded) recorded_down_.push_back(copy);
        down_.push_back({std::move(copy)});
      } else if (const auto* const ack = std::get_if<send_quick_ack>(&output.action)) {
        down_.push_back({ack->token});
      } else if (const auto* const error = std::get_if<send_transport_error>(&output.action)) {
        down_.push_back({error->code});
      } else {
        down_.push_back({hang_up{}});
      }
      drain_server_events();
    }
  }

  void drain_server_events() {
    while (auto event = server_.poll_event()) {
      if (auto* const request = std::get_if<request_event>(&*event)) {
        const std::int32_t n = number_in(request->body);
        ++executed_[n];
        ++executed_total_;
        running_.push_back({request->session, request->msg_id, n});
      } else if (auto* const created = std::get_if<session_created>(&*event)) {
        sessions_.push_back(created->session);
      }
    }
  }

  // Whether the connection has to be closed.
  bool note(const client_event& event) {
    if (const auto* const done = std::get_if<answer>(&event)) {
      const std::int32_t n = numbers_.at(done->request);
      require(core::equal(done->body, numbered(answer_number, n, answer_filler(n))),
              "an answer is the call's own");
      ++answered_total_;
      ++outcomes_[n];
    } else if (const auto* const failure = std::get_if<request_failed>(&event)) {
      ++outcomes_[numbers_.at(failure->request)];
    } else if (const auto* const refusal = std::get_if<rpc_error>(&event)) {
      // Nobody answers so.
      require(refusal == nullptr, "an error was sent");
    } else if (const auto* const news = std::get_if<update>(&event)) {
      require(number_in(news->body) <= pushed_, "an update was pushed");
      ++updates_[number_in(news->body)];
    }
    return std::holds_alternative<close_connection>(event) ||
           std::holds_alternative<key_unknown>(event) ||
           std::holds_alternative<transport_failed>(event);
  }

  // Everything arrives, everything is answered, time goes from deadline to deadline.
  void calm() {
    for (int step = 0; step < calm_steps && client_.requests_under_way() != 0; ++step)
      calm_step(core::deadline::max());
    // Acknowledgements take their time.
    const core::deadline end = now_.steady + 90s;
    for (int step = 0; step < calm_steps && calm_step(end); ++step) {
    }
  }

  // One thing that happens in calm. Returns false if nothing does until `end`.
  bool calm_step(core::deadline end) {
    connect();
    drain();
    if (connection_ == 0) return true;  // given up by the client
    if (!running_.empty()) {
      respond();
    } else if (!up_.empty()) {
      arrive_up();
    } else if (!down_.empty()) {
      arrive_down();
    } else {
      const auto ours = client_.poll_deadline(), theirs = server_.poll_deadline();
      require(client_.requests_under_way() == 0 || ours || theirs, "who waits has a deadline");
      const core::deadline next =
          std::min(ours.value_or(core::deadline::max()), theirs.value_or(core::deadline::max()));
      if (next > end || !(ours || theirs)) return false;
      if (next > now_.steady) now_ = core::later(now_, next - now_.steady);
      time_out();
    }
    return true;
  }

  // What the two say to it does not arrive any more.
  void play_again() {
    connect();
    const std::vector<core::byte_buffer> up = recorded_up_, down = recorded_down_;
    for (core::byte_buffer packet : up) {
      server_.handle_packet(connection_, packet, false, now_);
      drain();
      connect();
    }
    for (core::byte_buffer packet : down) {
      client_.handle_packet(packet, client_now());
      drain();
      connect();
    }
  }

  struct running_call {
    session_key session;
    std::int64_t msg_id = 0;
    std::int32_t n = 0;
  };

  choices& from_;
  core::test_random random_;
  core::instant now_ = session::start;
  // How far the client's wall clock is ahead.
  std::chrono::nanoseconds skew_{0};
  server server_;
  client_session client_;
  watcher client_sent_{role::client};
  watcher server_sent_{role::server};
  connection_id connection_ = 0;
  connection_id last_connection_ = 0;
  std::deque<to_server> up_;
  std::deque<to_client> down_;
  std::vector<core::byte_buffer> recorded_up_;
  std::vector<core::byte_buffer> recorded_down_;
  std::deque<running_call> running_;
  std::vector<session_key> sessions_;
  std::map<request_id, std::int32_t> numbers_;
  std::map<std::int32_t, int> executed_;
  std::map<std::int32_t, int> outcomes_;
  std::map<std::int32_t, int> updates_;
  std::size_t executed_total_ = 0;
  std::size_t answered_total_ = 0;
  std::int32_t pushed_ = 0;
};

}  // namespace

void run(core::byte_view input) noexcept {
  choices from(input);
  pair_under_attack(from).run();
}

}  // namespace corogram::fuzz
