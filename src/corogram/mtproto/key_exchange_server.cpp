#include <corogram/mtproto/detail/hidden_data.hpp>
#include <corogram/mtproto/detail/server_steps.hpp>
#include <corogram/mtproto/errc.hpp>
#include <corogram/mtproto/key_exchange_server.hpp>
#include <corogram/mtproto/msg_id.hpp>
#include <corogram/mtproto/plain_message.hpp>
#include <corogram/service/functions/req_pq.hpp>
#include <corogram/service/functions/req_pq_multi.hpp>
#include <corogram/tl/codec.hpp>

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace corogram::mtproto {
namespace {

using detail::dh_sent;
using detail::pq_sent;
using detail::run_nonces;

/// The run has its answer and waits to be forgotten.
struct answered {};

/// The nonces one after the other: the runs of one nonce lie next to each other in a map.
using run_name = std::array<core::byte, 32>;

run_name name_of(const tl::int128& nonce, const tl::int128& server_nonce) {
  run_name name;
  std::ranges::copy(server_nonce, std::ranges::copy(nonce, name.begin()).out);
  return name;
}

struct run {
  std::variant<pq_sent, dh_sent, answered> state;
  core::deadline forgotten_at{};
  /// Who has begun it.
  std::uint64_t peer = 0;
  /// The query that led to the state, and its reply: what a repetition gets. Whoever goes on has
  /// received it, so the one before is not kept (AK-54).
  core::byte_buffer query;
  core::byte_buffer reply;
};

/// The last second that an int of the protocol can name.
constexpr std::chrono::seconds last_wire_time{0xffffffff};

std::string_view about(dh_answer answer) {
  switch (answer) {
    case dh_answer::ok:
      return "dh_gen_ok";
    case dh_answer::retry:
      return "dh_gen_retry";
    case dh_answer::fail:
      return "dh_gen_fail";
  }
  return {};
}

}  // namespace

struct key_exchange_server::machine {
  machine(key_exchange_server_config config_, auth_key_store& keys_, core::random_source& random_)
      : config(std::move(config_)),
        keys(keys_),
        random(random_),
        violations([this](violation found) { events.push_back(std::move(found)); }) {}

  /// A serialised reply, or why there is none.
  using reply_body = core::result<core::byte_buffer>;

  reply_body answer(core::byte_view packet, core::instant now);
  void make_room();
  template <class Query>
  reply_body answer_as(core::byte_view body, core::instant now);
  reply_body on_pq(const tl::int128& nonce, bool old_query, core::byte_view object,
                   core::instant now);
  reply_body on_query(const service::req_pq& query, core::byte_view object, core::instant now);
  reply_body on_query(const service::req_pq_multi& query, core::byte_view object,
                      core::instant now);
  reply_body on_query(const service::req_DH_params& query, core::byte_view object,
                      core::instant now);
  reply_body on_query(const service::set_client_DH_params& query, core::byte_view object,
                      core::instant now);
  template <class Query>
  reply_body continue_run(const Query& query, core::byte_view object, core::instant now);
  reply_body advance(run& current, const run_nonces& nonces, const service::req_DH_params& query,
                     core::instant now);
  reply_body advance(run& current, const run_nonces& nonces,
                     const service::set_client_DH_params& query, core::instant now);
  core::byte_buffer settle(run& current, const run_nonces& nonces, detail::key_candidate candidate,
                           core::instant now);
  dh_answer judge(const detail::key_candidate& candidate);

  void report(std::string_view name, std::string what, core::instant now);
  void forget(run_name name);
  void forget_oldest_of(std::uint64_t asker);
  /// Appends the random bytes that real servers append.
  void append_tail(core::byte_buffer& reply);

  key_exchange_server_config config;
  auth_key_store& keys;
  core::random_source& random;
  violation_sink violations;
  msg_id_source msg_ids{role::server};
  std::map<run_name, run> runs;
  using age_order = std::set<std::pair<core::deadline, run_name>>;
  age_order by_deadline;
  /// The runs of each peer, and how many they are.
  std::map<std::uint64_t, age_order> by_peer;
  std::set<std::pair<std::size_t, std::uint64_t>> by_count;
  /// Who sent the packet that is being answered.
  std::uint64_t peer = 0;
  std::deque<dh_answer> forced;
  std::deque<key_exchange_event> events;
};

using machine_reply = core::result<core::byte_buffer>;

//= DESC-06
machine_reply key_exchange_server::machine::answer(core::byte_view packet, core::instant now) {
  COROGRAM_TRY(const plain_message message, decode_plain(packet));
  if (const auto check = check_plain_msg_id(message.msg_id, role::client);
      !check && !config.strictness.admits(rule::plain_message_id,
                                          "msg_id " + std::to_string(message.msg_id), violations))
    return check.error();
  switch (tl::peek_id(message.body).value_or(0)) {
    case service::req_pq::tl_id:
      return answer_as<service::req_pq>(message.body, now);
    case service::req_pq_multi::tl_id:
      return answer_as<service::req_pq_multi>(message.body, now);
    case service::req_DH_params::tl_id:
      return answer_as<service::req_DH_params>(message.body, now);
    case service::set_client_DH_params::tl_id:
      return answer_as<service::set_client_DH_params>(message.body, now);
    default:
      return core::error(errc::unexpected_message, plain_header_size,
                         "a query of the key exchange");
  }
}

template <class Query>
machine_reply key_exchange_server::machine::answer_as(core::byte_view body, core::instant now) {
  std::size_t size = 0;
  COROGRAM_TRY(const auto query, tl::decode_view<Query>(body, &size));
  const core::byte_view object = body.first(size);
  //= DIV-03
  if (size != body.size() &&
      !config.strictness.admits(rule::plain_trailing_bytes,
                                std::to_string(body.size() - size) + " bytes after the query",
                                violations))
    return core::error(core::errc::trailing_bytes, size, "the end of the message");
  if (!detail::is_canonical(*query, object) &&
      !config.strictness.admits(rule::plain_encoding, "padding or form of a string", violations))
    return core::error(errc::not_canonical, 0, "zeros as padding and the short form of strings");
  return on_query(*query, object, now);
}

machine_reply key_exchange_server::machine::on_query(const service::req_pq& query,
                                                     core::byte_view object, core::instant now) {
  if (!config.strictness.admits(rule::current_pq_query, "req_pq", violations))
    return core::error(errc::unexpected_message, 0, "req_pq_multi");
  return on_pq(query.nonce, true, object, now);
}

machine_reply key_exchange_server::machine::on_query(const service::req_pq_multi& query,
                                                     core::byte_view object, core::instant now) {
  return on_pq(query.nonce, false, object, now);
}

machine_reply key_exchange_server::machine::on_pq(const tl::int128& nonce, bool old_query,
                                                  core::byte_view object, core::instant now) {
  //= AK-52
  for (auto other = runs.lower_bound(name_of(nonce, {}));
       other != runs.end() && std::equal(nonce.begin(), nonce.end(), other->first.begin()); ++other)
    if (core::equal(other->second.query, object)) return other->second.reply;

  make_room();
  detail::begun_run begun = detail::begin_run(nonce, old_query, config, random);
  append_tail(begun.reply);
  report(old_query ? "req_pq" : "req_pq_multi",
         "answered by resPQ with a fresh server_nonce and pq", now);

  const run_name name = name_of(nonce, begun.nonces.server_nonce);
  //= AK-53
  const core::deadline forgotten_at = now.steady + config.memory;
  by_deadline.emplace(forgotten_at, name);
  age_order& own = by_peer[peer];
  by_count.erase({own.size(), peer});
  own.emplace(forgotten_at, name);
  by_count.emplace(own.size(), peer);
  run& made = runs[name];
  made = {begun.state, forgotten_at, peer, {object.begin(), object.end()}, std::move(begun.reply)};
  return made.reply;
}

/// A flood of runs costs its own peer the oldest ones, and beyond the common limit whoever has the
/// most: a client with a single run keeps it as long as anybody has two.
void key_exchange_server::machine::make_room() {
  const auto own = by_peer.find(peer);
  if (own != by_peer.end() && own->second.size() >= config.max_runs_per_peer)
    forget_oldest_of(peer);
  if (runs.size() < config.max_runs || runs.empty()) return;
  const auto& [most, greediest] = *by_count.rbegin();
  if (most > 1)
    forget_oldest_of(greediest);
  else
    forget(by_deadline.begin()->second);
}

machine_reply key_exchange_server::machine::on_query(const service::req_DH_params& query,
                                                     core::byte_view object, core::instant now) {
  return continue_run(query, object, now);
}

machine_reply key_exchange_server::machine::on_query(const service::set_client_DH_params& query,
                                                     core::byte_view object, core::instant now) {
  return continue_run(query, object, now);
}

template <class Query>
machine_reply key_exchange_server::machine::continue_run(const Query& query, core::byte_view object,
                                                         core::instant now) {
  const run_nonces nonces{query.nonce, query.server_nonce};
  const auto found = runs.find(name_of(nonces.nonce, nonces.server_nonce));
  if (found == runs.end())
    return core::error(errc::nonce_mismatch, 4, "the nonces of a run that is remembered");
  run& current = found->second;
  //= AK-52
  if (core::equal(current.query, object)) return current.reply;

  auto reply = advance(current, nonces, query, now);
  //= AK-24
  if (!reply) {
    forget(found->first);
    return reply;
  }
  append_tail(*reply);
  //= AK-54
  current.query.assign(object.begin(), object.end());
  current.reply = *reply;
  return reply;
}

machine_reply key_exchange_server::machine::advance(run& current, const run_nonces& nonces,
                                                    const service::req_DH_params& query,
                                                    core::instant now) {
  auto* state = std::get_if<pq_sent>(&current.state);
  if (state == nullptr) return core::error(errc::unexpected_message, 0, "set_client_DH_params");
  COROGRAM_TRY(auto step,
               detail::on_req_DH_params(*state, nonces, query, config, violations, random, now));
  current.state = std::move(step.state);
  report("req_DH_params", "p and q right, " + step.received + ", all copies equal", now);
  report("server_DH_params_ok", "g, the known prime, g_a and our time hidden under the nonces",
         now);
  return std::move(step.reply);
}

machine_reply key_exchange_server::machine::advance(run& current, const run_nonces& nonces,
                                                    const service::set_client_DH_params& query,
                                                    core::instant now) {
  auto* state = std::get_if<dh_sent>(&current.state);
  if (state == nullptr) return core::error(errc::unexpected_message, 0, "req_DH_params");
  COROGRAM_TRY(auto candidate, detail::on_set_client_DH_params(std::move(*state), nonces, query));
  report("set_client_DH_params", std::move(candidate.received), now);
  return settle(current, nonces, std::move(candidate), now);
}

/// What becomes of a key: forced by whoever runs a test, else by whether its id is free.
dh_answer key_exchange_server::machine::judge(const detail::key_candidate& candidate) {
  dh_answer answer = dh_answer::ok;
  if (!forced.empty()) {
    answer = forced.front();
    forced.pop_front();
  }
  //= DESC-04
  //= AK-44
  if (answer == dh_answer::ok && (candidate.key.id() == 0 || keys.contains(candidate.key.id())))
    answer = dh_answer::retry;
  //= DIV-05
  if (answer == dh_answer::retry && candidate.state.retries >= config.max_retries)
    answer = dh_answer::fail;
  return answer;
}

core::byte_buffer key_exchange_server::machine::settle(run& current, const run_nonces& nonces,
                                                       detail::key_candidate candidate,
                                                       core::instant now) {
  const dh_answer answer = judge(candidate);
  report(about(answer), "", now);
  if (answer == dh_answer::retry) {
    core::byte_buffer reply = detail::answer_retry(candidate.state, nonces, candidate.key);
    current.state = std::move(candidate.state);
    return reply;
  }
  current.state = answered{};
  if (answer == dh_answer::fail) return detail::answer_fail(candidate.state, nonces, candidate.key);

  core::byte_buffer reply = detail::answer_ok(candidate.state, nonces, candidate.key);
  std::optional<key_expiry> expiry;
  if (const auto lifetime = candidate.state.expires_in)
    expiry = {now.steady + *lifetime, to_wire_time(std::min<std::chrono::nanoseconds>(
                                          now.wall + *lifetime, last_wire_time))};
  const std::int64_t id = candidate.key.id();
  const std::int64_t salt =
      detail::first_salt(candidate.state.new_nonce.view(), nonces.server_nonce);
  keys.insert(stored_key(std::move(candidate.key), salt, expiry));
  events.push_back(key_agreed{id, expiry});
  return reply;
}

void key_exchange_server::machine::report(std::string_view name, std::string what,
                                          core::instant now) {
  if (config.report_stages) events.push_back(key_exchange_stage{name, std::move(what), now});
}

void key_exchange_server::machine::forget(run_name name) {
  const auto found = runs.find(name);
  const std::pair entry{found->second.forgotten_at, name};
  by_deadline.erase(entry);
  const auto own = by_peer.find(found->second.peer);
  by_count.erase({own->second.size(), own->first});
  own->second.erase(entry);
  if (own->second.empty())
    by_peer.erase(own);
  else
    by_count.emplace(own->second.size(), own->first);
  runs.erase(found);
}

void key_exchange_server::machine::forget_oldest_of(std::uint64_t asker) {
  forget(by_peer.at(asker).begin()->second);
}

void key_exchange_server::machine::append_tail(core::byte_buffer& reply) {
  if (!config.random_tails) return;
  constexpr std::size_t word_size = 4;
  constexpr std::size_t max_words = 31;
  const std::size_t words = random.integer<core::byte>() & max_words;
  const std::size_t size = reply.size();
  reply.resize(size + words * word_size);
  random.fill(core::byte_span(reply).subspan(size));
}

key_exchange_server::key_exchange_server(key_exchange_server_config config, auth_key_store& keys,
                                         core::random_source& random)
    : machine_(std::make_unique<machine>(std::move(config), keys, random)) {}

key_exchange_server::~key_exchange_server() = default;

key_exchange_reply key_exchange_server::handle_packet(core::byte_view packet, core::instant now,
                                                      std::uint64_t peer) {
  handle_timeout(now);
  machine_->peer = peer;
  const auto body = machine_->answer(packet, now);
  if (!body) {
    //= AK-24
    //= SCH-08
    //= TR-28
    const bool dc_is_wrong = body.error().code == make_error_code(errc::wrong_dc);
    return key_exchange_refusal{dc_is_wrong ? -444 : -404, body.error()};
  }
  core::byte_buffer reply;
  encode_plain(machine_->msg_ids.next(now.wall, true), *body, reply);
  return reply;
}

std::optional<key_exchange_event> key_exchange_server::poll_event() {
  if (machine_->events.empty()) return std::nullopt;
  std::optional<key_exchange_event> event(std::move(machine_->events.front()));
  machine_->events.pop_front();
  return event;
}

std::optional<core::deadline> key_exchange_server::poll_deadline() const {
  if (machine_->by_deadline.empty()) return std::nullopt;
  return machine_->by_deadline.begin()->first;
}

void key_exchange_server::handle_timeout(core::instant now) {
  //= AK-53
  while (!machine_->by_deadline.empty() && machine_->by_deadline.begin()->first <= now.steady)
    machine_->forget(machine_->by_deadline.begin()->second);
}

void key_exchange_server::force_answers(const std::vector<dh_answer>& answers) {
  machine_->forced.assign(answers.begin(), answers.end());
}

std::size_t key_exchange_server::runs() const {
  return machine_->runs.size();
}

}  // namespace corogram::mtproto
