// A client's session between its caller and a server that sends whatever it likes under the right
// key: calls, messages, packets that are none, connections that come and go, time that passes and
// clocks that jump. Every packet that goes out is in order, every call ends once at most, and
// nothing is kept that nobody asked for.

#include "support/session.hpp"
#include "support/watcher.hpp"

#include <corogram/core/writer.hpp>
#include <corogram/mtproto/errc.hpp>
#include <corogram/mtproto/session_client.hpp>

#include <algorithm>
#include <set>
#include <variant>
#include <vector>

namespace corogram::fuzz {

namespace {

using namespace mtproto;

constexpr int most_moves = 96;

client_session_config config(choices& from) {
  client_session_config config(session::key_number(0).clone());
  const core::byte chosen = from.byte();
  config.server_salt = (chosen & 1) != 0 ? session::salt : 0;
  config.server_time_known = (chosen & 2) != 0;
  if ((chosen & 4) != 0) config.server_time_offset = std::chrono::hours(1);
  if ((chosen & 8) != 0) config.ping_interval = std::chrono::seconds(0);
  if ((chosen & 16) != 0) config.future_salts_count = 0;
  config.compress_above = (chosen & 32) != 0 ? 16 : 1024;
  config.request_limit = (chosen & 64) != 0 ? 4 : 65536;
  config.inflated_limit = 4096;
  config.repair_limit = 3;
  config.ack_count = 3;
  return config;
}

class client_among_strangers {
 public:
  explicit client_among_strangers(choices& from)
      : from_(from),
        random_(1),
        client_(config(from), random_),
        server_(role::server, session::key_number(0), client_.session_id()) {}

  void run() {
    for (int moves = 0; moves < most_moves && !from_.empty(); ++moves) {
      move();
      settle();
    }
  }

 private:
  void move() {
    switch (from_.below(16)) {
      case 0:
        return open();
      case 1:
        return close();
      case 2:
        return submit();
      case 3:
        return submit_with();
      case 4:
        return drop();
      case 5:
        return call_for_service();
      case 6:
        return time_passes();
      case 7:
        return wait_for_deadline();
      case 8:
        return break_packet();
      case 9:
        return client_.handle_transport_error(
            from_.flag() ? -404 : -static_cast<std::int32_t>(from_.below(600)), now_);
      case 10:
        return client_.handle_quick_ack(word(from_));
      default:
        return hear();
    }
  }

  void open() {
    if (is_open_) return;
    is_open_ = true;
    client_.connection_opened(now_);
  }

  void close() {
    is_open_ = failed_ = false;
    client_.connection_closed(now_);
  }

  core::byte_buffer some_body() {
    core::byte_buffer body{0x0d, 0x0c, 0x0b, 0x0a};
    core::append(body, from_.take(from_.below(64)));
    if (from_.byte() != 0xff) body.resize((body.size() + 3) / 4 * 4);
    return body;
  }

  request_options some_options() {
    request_options options;
    options.quick_ack = from_.flag();
    options.compress = from_.flag();
    return options;
  }

  void submitted(request_id request) {
    require(under_way_.insert(request).second, "each call has a name of its own");
  }

  void submit() {
    core::byte_buffer body = some_body();
    submitted(client_.submit(std::move(body), some_options()));
  }

  void submit_with() {
    submitted(client_.submit_with(
        [](const message_identity& identity) {
          core::byte_buffer body{0x0d, 0x0c, 0x0b, 0x0a};
          core::writer(body).le(identity.msg_id).le(identity.session_id);
          return body;
        },
        some_options()));
  }

  void drop() {
    if (under_way_.empty()) {
      require(!client_.drop(request_id{from_.below(256) + 100000}),
              "nobody else's call is dropped");
      return;
    }
    const auto chosen =
        std::next(under_way_.begin(), static_cast<std::ptrdiff_t>(from_.below(under_way_.size())));
    if (client_.drop(*chosen)) under_way_.erase(chosen);
  }

  void call_for_service() {
    ++service_calls_;
    switch (from_.below(4)) {
      case 0:
        return client_.ping(static_cast<std::int64_t>(from_.below(16)));
      case 1:
        return client_.wait_over_http();
      case 2: {
        const std::int64_t subject = some_id(from_, known());
        require(client_.destroy_session(subject) == (subject != client_.session_id()),
                "any session but our own is destroyed");
        return;
      }
      default:
        return client_.destroy_auth_key();
    }
  }

  void time_passes() {
    session::pass_time(from_, now_);
    client_.handle_timeout(now_);
  }

  void wait_for_deadline() {
    const auto due = client_.poll_deadline();
    if (!due) return;
    if (*due > now_.steady) now_ = core::later(now_, *due - now_.steady);
    client_.handle_timeout(now_);
    settle();
    const auto next = client_.poll_deadline();
    require(!next || *next > now_.steady, "after a deadline nothing is due");
  }

  std::vector<std::int64_t> known() const {
    const auto& ours = sent_.ids();
    const auto& theirs = server_.ids();
    std::vector<std::int64_t> ids{client_.session_id()};
    ids.insert(ids.end(), ours.end() - std::min<std::ptrdiff_t>(std::ssize(ours), 100), ours.end());
    ids.insert(ids.end(), theirs.end() - std::min<std::ptrdiff_t>(std::ssize(theirs), 50),
               theirs.end());
    return ids;
  }

  void hear() {
    server_.follow(client_.session_id());
    client_.handle_packet(server_.packet(from_, known(), now_), now_);
  }

  void break_packet() {
    core::byte_buffer packet = server_.packet(from_, known(), now_);
    if (!alter(from_, packet)) return;
    // What a transport leaves behind a packet is no part of it.
    const std::size_t text =
        packet.size() < packet_header_size ? 0 : packet.size() - packet_header_size;
    const bool whole_blocks = text % 16 == 0;
    const bool was_alive = is_open_ && !failed_;
    client_.handle_packet(packet, now_);
    settle();
    if (was_alive && whole_blocks) require(failed_, "a packet that fails its checks is the last");
  }

  void settle() {
    outgoing_packet out;
    while (client_.poll_transmit(out, now_)) {
      require(is_open_ && !failed_, "nothing goes out on a connection that is not there");
      const std::int64_t session_id = sent_.sent(client_.key(), out.packet);
      require(session_id == client_.session_id(), "packets belong to the session");
      ++packets_;
    }
    while (const auto event = client_.poll_event())
      std::visit([&](const auto& one) { note(one); }, *event);
    require(client_.requests_under_way() == under_way_.size(), "calls are counted");
    check_load();
  }

  void end(request_id request) {
    require(under_way_.erase(request) == 1, "a call that is under way ends, once");
  }

  void note(const answer& one) {
    require(!one.body.empty() && one.body.size() <= 4096 + input_size_, "an answer has its limit");
    end(one.request);
  }
  void note(const rpc_error& one) { end(one.request); }
  void note(const request_failed& one) { end(one.request); }
  void note(const request_received& one) {
    require(under_way_.contains(one.request), "only what is under way is received");
  }
  void note(const close_connection&) {
    require(is_open_ && !failed_, "a connection is given up once");
    failed_ = true;
  }
  void note(const key_unknown& one) {
    require(one.in_a_row > 0, "-404 is counted");
    failed_ = true;
  }
  void note(const transport_failed& one) {
    require(one.code != -404, "-404 has an event of its own");
    failed_ = true;
  }
  void note(const session_restarted& one) {
    require(one.session_id == client_.session_id(), "a new session is announced by its id");
  }
  void note(const message_ignored& one) {
    require(one.reason.code != make_error_code(core::errc::internal), "no impossible branch");
  }
  template <class Event>
  void note(const Event&) {}

  void check_load() {
    const client_load load = client_.load();
    const std::size_t heard = 8 * (server_.ids().size() + 1);
    // Every move may have dropped a call, and so left a rpc_drop_answer behind.
    require(load.calls <= under_way_.size() + service_calls_ + most_moves,
            "no calls but those that were asked for");
    require(load.unsent_acks <= heard, "what is to be acknowledged was heard");
    require(load.service_messages <= 8 * heard + 4 * (packets_ + service_calls_) + 64,
            "service messages have a cause");
    require(load.remembered <= 8 * (packets_ + service_calls_ + 8), "so has what is remembered");
  }

  choices& from_;
  std::size_t input_size_ = from_.rest().size();
  core::test_random random_;
  core::instant now_ = session::start;
  client_session client_;
  session::puppet server_;
  watcher sent_{role::client};
  std::set<request_id> under_way_;
  std::size_t service_calls_ = 0;
  std::size_t packets_ = 0;
  bool is_open_ = false;
  bool failed_ = false;
};

}  // namespace

void run(core::byte_view input) noexcept {
  choices from(input);
  client_among_strangers(from).run();
}

}  // namespace corogram::fuzz
