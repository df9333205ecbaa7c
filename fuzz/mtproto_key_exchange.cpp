// A client and a server of the key exchange with a network between them that loses, repeats, keeps
// and alters packets, speaks for either side, lets time pass and breaks. Whatever it does, a client
// that ends with a key has the server's key; and where it does nothing, they agree.

#include "support/alter.hpp"
#include "support/exchange.hpp"

#include <corogram/mtproto/errc.hpp>

#include <deque>
#include <optional>
#include <variant>
#include <vector>

namespace corogram::fuzz {

namespace {

using namespace mtproto;

constexpr int most_turns = 64;

class exchange_under_attack {
 public:
  explicit exchange_under_attack(choices& from)
      : from_(from),
        client_random_(1),
        server_random_(2),
        client_(client_config(), client_random_),
        server_(server_config(), keys_, server_random_) {
    std::vector<dh_answer> answers;
    for (std::size_t left = from_.below(4); left > 0; --left)
      answers.push_back(static_cast<dh_answer>(from_.below(3)));
    forced_ = !answers.empty();
    server_.force_answers(answers);
  }

  void run() {
    client_.start(now_);
    for (int turn = 0; turn < most_turns && !client_.is_finished(); ++turn) {
      collect();
      if (from_.empty() && turn > 0) {
        deliver_one();
        continue;
      }
      play();
    }
    judge();
  }

 private:
  key_exchange_client_config client_config() {
    auto config = exchange::client_config(from_.byte());
    dialect_ = config.dialect.old_pq_query || config.dialect.old_inner_data ||
               config.dialect.old_rsa_scheme || config.dc != 2;
    config.retries = 2;
    return config;
  }

  key_exchange_server_config server_config() {
    auto config = exchange::server_config(from_.byte());
    config.max_runs = 4;
    config.max_runs_per_peer = 2;
    particular_ = config.test_dc || dialect_;
    return config;
  }

  void collect() {
    core::byte_buffer packet;
    while (client_.poll_transmit(packet)) to_server_.push_back(packet);
    while (const auto stage = client_.poll_stage())
      require(!stage->name.empty(), "a stage has a name");
    while (const auto event = server_.poll_event())
      if (const auto* const agreed = std::get_if<key_agreed>(&*event))
        require(keys_.find(agreed->auth_key_id) != nullptr, "a key that is agreed on is stored");
    require(server_.runs() <= 4, "no more runs than may be remembered");
    require(client_.poll_deadline().has_value() != client_.is_finished(), "a client waits or ends");
  }

  void give_server(core::byte_view packet) {
    key_exchange_reply reply = server_.handle_packet(packet, now_, from_.flag() ? 1 : 0);
    if (auto* const answer = std::get_if<core::byte_buffer>(&reply))
      to_client_.emplace_back(std::move(*answer));
    else
      to_client_.emplace_back(std::get<key_exchange_refusal>(reply).code);
  }

  void give_client(const std::variant<core::byte_buffer, std::int32_t>& what) {
    if (const auto* const packet = std::get_if<core::byte_buffer>(&what))
      client_.handle_packet(*packet, now_);
    else
      client_.handle_transport_error(std::get<std::int32_t>(what), now_);
  }

  void deliver_one() {
    if (!to_client_.empty()) {
      const auto what = std::move(to_client_.front());
      to_client_.pop_front();
      give_client(what);
    } else if (!to_server_.empty()) {
      const core::byte_buffer packet = std::move(to_server_.front());
      to_server_.pop_front();
      give_server(packet);
    } else {
      wait();
    }
  }

  void wait() {
    if (const auto due = client_.poll_deadline(); due && *due > now_.steady)
      now_ = core::later(now_, *due - now_.steady);
    client_.handle_timeout(now_);
    server_.handle_timeout(now_);
  }

  void play() {
    switch (from_.below(12)) {
      default:
        return deliver_one();
      case 4:
        touched_ = true;
        if (!to_server_.empty()) alter(from_, to_server_.front());
        return;
      case 5:
        touched_ = true;
        if (!to_client_.empty())
          if (auto* const packet = std::get_if<core::byte_buffer>(&to_client_.front()))
            alter(from_, *packet);
        return;
      case 6:
        lost_ = true;
        if (from_.flag() && !to_client_.empty()) return to_client_.pop_front();
        if (!to_server_.empty()) to_server_.pop_front();
        return;
      case 7:  // twice
        if (from_.flag() && !to_client_.empty()) return give_client(to_client_.front());
        if (!to_server_.empty()) give_server(core::byte_buffer(to_server_.front()));
        return;
      case 8: {
        touched_ = true;
        const core::byte_view raw = from_.take(from_.below(128));
        if (from_.flag()) return give_server(raw);
        return client_.handle_packet(raw, now_);
      }
      case 9:
        lost_ = true;
        return wait();
      case 10:
        lost_ = true;
        now_ = core::later(now_, std::chrono::seconds(from_.below(1200)));
        now_.wall += std::chrono::seconds(static_cast<std::int32_t>(from_.below(4096)) - 2048);
        return wait();
      case 11:
        lost_ = true;
        if (from_.flag()) return client_.handle_reconnected(now_);
        return client_.handle_transport_error(-static_cast<std::int32_t>(from_.below(500)), now_);
    }
  }

  void judge() {
    const auto outcome = client_.poll_outcome();
    require(outcome.has_value() == client_.is_finished(), "an end has an outcome");
    if (!outcome) return;
    require(!client_.poll_outcome(), "and only one");
    core::byte_buffer packet;
    require(!client_.poll_transmit(packet), "after it nothing is sent");
    client_.handle_packet(core::byte_buffer(64), now_);
    require(client_.is_finished() && !client_.poll_outcome(), "and nothing is heard");
    if (!*outcome) {
      require(touched_ || lost_ || forced_ || particular_, "in peace they agree");
      return;
    }
    const stored_key* const stored = keys_.find((*outcome)->key.id());
    require(stored != nullptr && stored->key == (*outcome)->key, "the server has the same key");
    require(stored->first_salt == (*outcome)->server_salt, "and the same salt");
    require(stored->is_temporary() == (*outcome)->expiry.has_value(), "of the same kind");
  }

  choices& from_;
  bool dialect_ = false;
  // The client's dialect or the server's data centre may not suit the other side.
  bool particular_ = false;
  bool forced_ = false;
  bool touched_ = false;
  bool lost_ = false;
  core::instant now_ = exchange::noon;
  auth_key_store keys_;
  exchange::cheap_random client_random_;
  exchange::cheap_random server_random_;
  key_exchange_client client_;
  key_exchange_server server_;
  std::deque<core::byte_buffer> to_server_;
  std::deque<std::variant<core::byte_buffer, std::int32_t>> to_client_;
};

}  // namespace

void run(core::byte_view input) noexcept {
  choices from(input);
  exchange_under_attack(from).run();
}

}  // namespace corogram::fuzz
