#include "world.hpp"

#include "keys.hpp"

#include <corogram/api/functions/auth/bindTempAuthKey.hpp>
#include <corogram/api/functions/help/getAppUpdate.hpp>
#include <corogram/api/functions/initConnection.hpp>
#include <corogram/api/functions/invokeAfterMsg.hpp>
#include <corogram/api/functions/invokeAfterMsgs.hpp>
#include <corogram/api/functions/invokeWithLayer.hpp>
#include <corogram/api/functions/invokeWithoutUpdates.hpp>
#include <corogram/api/types/DataJSON.hpp>
#include <corogram/mtproto/pfs.hpp>
#include <corogram/rpc/errc.hpp>
#include <corogram/rpc/init_connection.hpp>
#include <corogram/tl/codec.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

namespace corogram::rpc::test {
namespace {

/// A client that has a key needs no RSA, and reading the key from text takes longer than most
/// tests.
mtproto::server_config server_settings(bool with_exchange) {
  mtproto::server_config config;
  if (with_exchange) config.exchange.keys.push_back(server_key());
  return config;
}

core::byte_view bytes_of(const tl::raw& value) {
  return {reinterpret_cast<const core::byte*>(value.data()), value.size()};
}

core::byte_buffer to_buffer(const tl::raw& value) {
  const core::byte_view bytes = bytes_of(value);
  return {bytes.begin(), bytes.end()};
}

}  // namespace

options reasonable_options() {
  options settings;
  settings.endpoints.emplace_back("127.0.0.1", std::uint16_t{1});
  settings.public_keys.push_back(trusted_key());
  settings.client.api_id = 1;
  return settings;
}

options options_with_key(std::uint64_t seed) {
  core::test_random random(seed);
  core::secret_array<256> bytes;
  random.fill(bytes.span());
  options settings = reasonable_options();
  settings.key.emplace(mtproto::auth_key(std::move(bytes)), random.integer<std::int64_t>());
  return settings;
}

core::byte_buffer numbered_call(int number) {
  api::help::getAppUpdate call;
  call.source = std::to_string(number);
  return tl::encode(call);
}

core::byte_buffer answer_to(int number) {
  api::dataJSON answer;
  answer.data = "answer " + std::to_string(number);
  return tl::encode(answer);
}

world::world(options settings, std::uint64_t seed)
    : clock({std::chrono::hours(1), std::chrono::seconds(1'700'000'000)}),
      client_random(seed),
      server_random(seed + 1'000'000),
      server(server_settings(!settings.key || settings.forward_secrecy), server_random),
      client(std::move(settings), client_random) {
  if (const auto known = client.stored()) {
    key_id_ = known->key.id();
    server.add_key(mtproto::stored_key(known->key.clone(), known->server_salt), clock.now());
  }
}

operation_id world::call(int number, const request_options& how) {
  return client.submit(numbered_call(number), how, clock.now());
}

operation_id world::wait_ready() {
  return client.wait_ready({}, clock.now());
}

void world::settle() {
  bool more = true;
  for (int step = 0; more; ++step) {
    ASSERT_LT(step, 100'000) << "the world does not come to rest";
    more = obey_orders();
    more = carry_to_server() || more;
    more = take_events() || more;
    more = carry_to_client() || more;
  }
}

bool world::obey_orders() {
  const auto order = client.poll_order();
  if (!order) return false;
  if (std::holds_alternative<close_link>(*order)) {
    if (link_) server.connection_closed(link_->connection, clock.now());
    link_.reset();
    return true;
  }
  const auto& [number, endpoint] = std::get<open_link>(*order);
  EXPECT_FALSE(link_) << "one TCP connection at a time (ERR-13)";
  tried.push_back(endpoint);
  switch (behaviour) {
    case host::refuses:
      client.disconnected(number, std::error_code(ECONNREFUSED, std::system_category()),
                          clock.now());
      return true;
    case host::unreachable:
      return true;
    case host::hangs_up:
      client.connected(number, clock.now());
      client.disconnected(number, errc::disconnected, clock.now());
      return true;
    case host::serves:
    case host::silent:
    case host::rubbish:
      break;
  }
  ++links_opened;
  const bool answers = behaviour == host::serves;
  link_.emplace(number, ++last_connection_, transport::server_stream({}, server_random), answers);
  server.connection_opened(link_->connection, clock.now());
  client.connected(number, clock.now());
  if (behaviour == host::rubbish) {
    core::byte_buffer rubbish(256);
    server_random.fill(rubbish);
    client.received(number, rubbish, clock.now());
  }
  return true;
}

void world::deliver(way direction, core::byte_buffer bytes) {
  if (tamper) tamper(direction, bytes);
  bool breaks = false;
  if (bytes_to_live) {
    breaks = bytes.size() >= *bytes_to_live;
    bytes.resize(std::min(bytes.size(), *bytes_to_live));
    *bytes_to_live -= bytes.size();
    if (breaks) bytes_to_live.reset();
  }
  if (direction == way::to_client) {
    client.received(link_->number, bytes, clock.now());
  } else if (link_->answers) {
    link_->stream.feed(bytes);
    while (link_) {
      const auto incoming = link_->stream.poll();
      if (!incoming) {
        server.hang_up_connection(link_->connection, clock.now());
        break;
      }
      if (!*incoming) break;
      const auto& packet = std::get<transport::packet>(**incoming);
      server.handle_packet(link_->connection, packet.payload, packet.quick_ack_requested,
                           clock.now());
    }
  }
  if (breaks) cut();
}

bool world::carry_to_server() {
  if (!link_) return false;
  core::send_queue output;
  client.poll_transmit(link_->number, output, clock.now());
  if (output.empty()) return false;
  deliver(way::to_server, output.joined());
  return true;
}

bool world::carry_to_client() {
  mtproto::server_output output;
  if (!server.poll_transmit(output, clock.now())) return false;
  if (!link_ || link_->connection != output.connection) return true;
  core::byte_buffer bytes;
  if (const auto* packet = std::get_if<mtproto::send_packet>(&output.action))
    link_->stream.write_packet(packet->packet, bytes);
  else if (const auto* ack = std::get_if<mtproto::send_quick_ack>(&output.action))
    link_->stream.write_quick_ack(ack->token, bytes);
  else if (const auto* failure = std::get_if<mtproto::send_transport_error>(&output.action))
    link_->stream.write_transport_error(failure->code, bytes);
  if (bytes.empty()) {
    client.disconnected(link_->number, errc::disconnected, clock.now());
    link_.reset();
  } else {
    deliver(way::to_client, std::move(bytes));
  }
  return true;
}

bool world::take_events() {
  bool any = false;
  while (auto event = server.poll_event()) {
    any = true;
    if (const auto* request = std::get_if<mtproto::request_event>(&*event)) take_call(*request);
    if (std::holds_alternative<mtproto::request_dropped>(*event)) ++dropped_answers;
    if (const auto* created = std::get_if<mtproto::key_created>(&*event))
      key_id_ = created->key.auth_key_id;
  }
  while (auto event = client.poll_event()) {
    any = true;
    if (auto* end = std::get_if<operation_finished>(&*event)) {
      EXPECT_FALSE(is_finished(end->operation)) << "an operation ends once";
      finished[end->operation] = std::move(*end);
    } else if (auto* update = std::get_if<update_received>(&*event)) {
      updates.push_back(std::move(update->body));
    } else if (std::holds_alternative<updates_missed>(*event)) {
      ++gaps;
    } else if (std::holds_alternative<key_changed>(*event)) {
      ++key_changes;
    } else if (const auto* lost = std::get_if<authorization_lost>(&*event)) {
      losses.push_back(lost->why);
    } else if (const auto* passed = std::get_if<stage>(&*event)) {
      stages.push_back(*passed);
    }
  }
  return any;
}

/// Answers auth.bindTempAuthKey, as the specification wants it checked.
bool world::take_binding(const mtproto::request_event& request) {
  const auto call = tl::decode_view<api::auth::bindTempAuthKey>(request.body);
  if (!call) return false;
  std::string refusal = on_bind ? on_bind() : "";
  const auto* const permanent = server.key((*call)->perm_auth_key_id);
  const mtproto::key_binding expected{
      .nonce = (*call)->nonce,
      .temp_auth_key_id = request.session.auth_key_id,
      .perm_auth_key_id = (*call)->perm_auth_key_id,
      .temp_session_id = request.session.session_id,
      .expires_at = (*call)->expires_at,
  };
  //= PFS-03 test
  EXPECT_EQ(server.find_key(request.session.auth_key_id)->expires_at, (*call)->expires_at);
  if (refusal.empty() &&
      (permanent == nullptr ||
       !mtproto::open_binding(*permanent, (*call)->encrypted_message, request.msg_id, expected)))
    refusal = "ENCRYPTED_MESSAGE_INVALID";
  if (!refusal.empty()) {
    server.respond_error(request.session, request.msg_id, 400, refusal, clock.now());
    return true;
  }
  EXPECT_TRUE(server.bind_temporary_key(request.session.auth_key_id, (*call)->perm_auth_key_id));
  ++bindings;
  server.respond(request.session, request.msg_id, tl::encode(true), clock.now());
  return true;
}

void world::take_call(const mtproto::request_event& request) {
  if (take_binding(request)) return;
  // Under a temporary key, nothing before that (PFS-05).
  if (!server.find_key(request.session.auth_key_id)->usable()) {
    server.respond_error(request.session, request.msg_id, 401, "AUTH_KEY_PERM_EMPTY", clock.now());
    return;
  }
  core::byte_buffer body = request.body;
  std::vector<std::int64_t> after;
  //= INV-14 test
  if (const auto wrapper = tl::decode<api::invokeAfterMsg>(body)) {
    after.push_back((*wrapper)->msg_id);
    body = to_buffer((*wrapper)->query);
  } else if (const auto plural = tl::decode<api::invokeAfterMsgs>(body)) {
    after.assign((*plural)->msg_ids.begin(), (*plural)->msg_ids.end());
    body = to_buffer((*plural)->query);
  }
  bool introduced = false;
  if (is_wrapped(body)) {
    const auto outer = tl::decode<api::invokeWithLayer>(body);
    ASSERT_TRUE(outer);
    const auto inner = tl::decode_view<api::initConnection>(bytes_of((*outer)->query));
    ASSERT_TRUE(inner) << "invokeWithLayer without initConnection";
    body = to_buffer((*inner)->query);
    introduced = true;
  }
  if (const auto wrapper = tl::decode<api::invokeWithoutUpdates>(body)) {
    ++without_updates;
    body = to_buffer((*wrapper)->query);
  }
  const auto call = tl::decode<api::help::getAppUpdate>(body);
  ASSERT_TRUE(call);
  const int number = std::stoi(std::string(core::as_text(
      {reinterpret_cast<const core::byte*>((*call)->source.data()), (*call)->source.size()})));
  ++runs[number];
  if (introduced) ++introductions[number];
  follows[number] = std::move(after);
  if (on_call) return on_call(request, number);
  server.respond(request.session, request.msg_id, answer_to(number), clock.now());
}

bool world::run(const std::function<bool()>& until, std::chrono::nanoseconds limit) {
  const core::deadline end = clock.now().steady + limit;
  while (true) {
    settle();
    if (until()) return true;
    if (::testing::Test::HasFatalFailure()) return false;
    core::deadline next = end;
    if (const auto due = client.poll_deadline()) next = std::min(next, *due);
    if (const auto due = server.poll_deadline()) next = std::min(next, *due);
    const core::deadline now = clock.now().steady;
    if (now >= end) return false;
    clock.advance(std::max(next - now, std::chrono::nanoseconds(0)));
    client.handle_timeout(clock.now());
    server.handle_timeout(clock.now());
  }
}

void world::pass(std::chrono::nanoseconds time) {
  run([] { return false; }, time);
}

std::error_code world::run_to_end(operation_id operation) {
  EXPECT_TRUE(run([&] { return is_finished(operation); }, std::chrono::hours(1)));
  return finished[operation].failure;
}

void world::cut() {
  if (!link_) return;
  server.connection_closed(link_->connection, clock.now());
  const link_number number = link_->number;
  link_.reset();
  client.disconnected(number, std::error_code(ECONNRESET, std::system_category()), clock.now());
}

mtproto::session_key world::session() const {
  const auto sessions = server.sessions_of(key_id_.value_or(0));
  EXPECT_EQ(sessions.size(), 1u);
  return sessions.empty() ? mtproto::session_key() : sessions.front();
}

std::size_t world::count(stage_kind kind) const {
  return static_cast<std::size_t>(std::ranges::count(stages, kind, &stage::kind));
}

}  // namespace corogram::rpc::test
