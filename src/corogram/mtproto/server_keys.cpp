// Keys: agreed on, provisioned, expired, destroyed; and the salts that belong to each.

#include <corogram/mtproto/server_impl.hpp>

#include <type_traits>

namespace corogram::mtproto {
namespace {

std::int64_t unix_seconds(core::instant now) noexcept {
  return std::chrono::floor<std::chrono::seconds>(now.wall).count();
}

}  // namespace

//= PFS-22
// Any number of exchanges at once, on any connections; the keys that come of them are in the store
// of this server and of no other.
void server::state::handle_plain(connection& link, core::byte_view packet, core::instant now) {
  if (keys.size() >= config.limits.keys) return refuse(link, error_flood, errc::limit_exceeded);
  //= DESC-06
  key_exchange_reply reply = exchange.handle_packet(packet, now, link.id);
  link.exchanging = true;
  while (auto event = exchange.poll_event()) {
    std::visit(
        [&](auto& what) {
          using type = std::remove_reference_t<decltype(what)>;
          if constexpr (std::is_same_v<type, key_agreed>) {
            link.exchanging = false;
            report(key_created{link.id, describe(*keys.find(what.auth_key_id))});
          } else if constexpr (std::is_same_v<type, key_exchange_stage>) {
            report(exchange_progress{link.id, std::move(what)});
          } else {
            report(violation_event{link.id, std::nullopt, std::move(what)});
          }
        },
        *event);
  }
  if (auto* const refusal = std::get_if<key_exchange_refusal>(&reply))
    return refuse(link, refusal->code, refusal->why);
  outputs.push_back(
      {link.id, send_packet{core::packet_buffer(std::get<core::byte_buffer>(reply))}});
}

key_state server::state::describe(const stored_key& key) {
  key_state described;
  described.auth_key_id = key.key.id();
  if (key.expiry) described.expires_at = key.expiry->expires_at;
  if (key.bound_to != 0) described.bound_to = key.bound_to;
  return described;
}

server::state::key_record& server::state::record_of(const stored_key& key, core::instant now) {
  const auto at = records.find(key.key.id());
  if (at != records.end()) return at->second;
  return records.emplace(key.key.id(), key_record(salt_schedule(key.first_salt, unix_seconds(now))))
      .first->second;
}

std::int64_t server::state::current_salt(std::int64_t auth_key_id, core::instant now) {
  return record_of(*keys.find(auth_key_id), now).salts.current(unix_seconds(now), random);
}

void server::state::expire_keys(core::instant now) {
  for (const std::int64_t ended : keys.handle_timeout(now)) {
    forget_sessions_of_key(ended);
    report(key_removed{ended});
  }
}

bool server::state::remove_key(std::int64_t auth_key_id) {
  const stored_key* const key = keys.find(auth_key_id);
  if (key == nullptr) return false;
  if (!key->is_temporary() && key->bound_to != 0) remove_key(key->bound_to);
  forget_sessions_of_key(auth_key_id);
  keys.erase(auth_key_id);
  report(key_removed{auth_key_id});
  return true;
}

void server::state::forget_sessions_of_key(std::int64_t auth_key_id) {
  const auto record = records.find(auth_key_id);
  if (record == records.end()) return;
  while (!record->second.sessions.empty())
    remove_session(record->second.sessions.begin()->second->name);
  records.erase(record);
}

}  // namespace corogram::mtproto
