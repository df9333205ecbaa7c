#include <corogram/core/hex.hpp>
#include <corogram/tools/event_line.hpp>

#include <variant>

namespace corogram::tools {
namespace {

template <class... Functions>
struct overloaded : Functions... {
  using Functions::operator()...;
};
template <class... Functions>
overloaded(Functions...) -> overloaded<Functions...>;

std::string seconds(std::int64_t unix_time) {
  return std::to_string(unix_time);
}

event_line key_line(const mtproto::key_created& created) {
  event_line line{"key_created", created.connection, {}};
  line.details.emplace_back("auth_key_id", core::wire_hex(created.key.auth_key_id));
  if (created.key.expires_at)
    line.details.emplace_back("expires_at", seconds(*created.key.expires_at));
  return line;
}

event_line stage_line(const mtproto::exchange_progress& progress) {
  event_line line{
      "key_exchange", progress.connection, {{"message", std::string(progress.stage.name)}}};
  if (!progress.stage.what.empty()) line.details.emplace_back("what", progress.stage.what);
  return line;
}

event_line violation_line(const mtproto::violation_event& event) {
  const mtproto::rule_info& rule = mtproto::info(event.what.which);
  return {"violation",
          event.connection,
          {{"rule", std::string(rule.name)},
           {"requirement", std::string(rule.requirement)},
           {"verdict", event.what.refused ? "refused" : "recorded"},
           {"what", event.what.what}}};
}

event_line answer_line(const testdc::call_answered& answered) {
  event_line line{"call",
                  answered.connection,
                  {{"method", answered.method}, {"layer", std::to_string(answered.layer)}}};
  if (answered.failure) {
    line.details.emplace_back("error", std::to_string(answered.failure->code) + ' ' +
                                           std::string(answered.failure->type));
  } else {
    line.details.emplace_back("answer_bytes", std::to_string(answered.answer_bytes));
  }
  return line;
}

std::optional<event_line> describe_protocol(const mtproto::server_event& event) {
  using line = std::optional<event_line>;
  return std::visit(
      overloaded{
          [](const mtproto::request_event&) { return line(); },
          [](const mtproto::message_acknowledged&) { return line(); },
          [](const mtproto::key_created& e) { return line(key_line(e)); },
          [](const mtproto::key_removed& e) {
            return line({"key_removed", 0, {{"auth_key_id", core::wire_hex(e.auth_key_id)}}});
          },
          [](const mtproto::session_created& e) {
            return line({"session_created",
                         e.connection,
                         {{"auth_key_id", core::wire_hex(e.session.auth_key_id)},
                          {"session_id", core::wire_hex(e.session.session_id)}}});
          },
          [](const mtproto::session_removed& e) {
            return line(
                {"session_removed", 0, {{"session_id", core::wire_hex(e.session.session_id)}}});
          },
          [](const mtproto::request_dropped& e) {
            return line({"call_dropped", 0, {{"msg_id", core::wire_hex(e.msg_id)}}});
          },
          [](const mtproto::exchange_progress& e) { return line(stage_line(e)); },
          [](const mtproto::violation_event& e) { return line(violation_line(e)); },
          [](const mtproto::connection_fault& e) {
            return line({"fault", e.connection, {{"reason", e.reason.message()}}});
          },
      },
      event);
}

event_line transport_line(const testdc::transport_detected& e) {
  event_line made{"transport",
                  e.connection,
                  {{"framing", std::string(transport::to_string(e.framing))},
                   {"obfuscated", e.obfuscated ? "yes" : "no"},
                   {"carrier", std::string(transport::to_string(e.carrier))}}};
  if (e.tls) made.details.emplace_back("tls", "yes");
  if (e.secret_index)
    made.details.emplace_back("secret", "number " + std::to_string(*e.secret_index + 1));
  return made;
}

std::string endpoint_text(const asio::ip::tcp::endpoint& endpoint) {
  return endpoint.address().to_string() + ':' + std::to_string(endpoint.port());
}

/// The length of the UTF-8 sequence at the front of `text`, or 0 if there is none.
std::size_t utf8_length(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = at(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((at(i) & 0xc0) != 0x80) return 0;
  // Overlong forms, surrogates and what lies beyond U+10FFFF.
  if (lead == 0xe0 && at(1) < 0xa0) return 0;
  if (lead == 0xed && at(1) >= 0xa0) return 0;
  if (lead == 0xf0 && at(1) < 0x90) return 0;
  if (lead == 0xf4 && at(1) >= 0x90) return 0;
  return length;
}

void append_escaped(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    default:
      break;
  }
  if (static_cast<unsigned char>(c) >= 0x20) {
    out += c;
    return;
  }
  const core::byte value = static_cast<core::byte>(c);
  out += "\\u00" + core::to_hex(core::byte_view(&value, 1));
}

}  // namespace

std::optional<event_line> describe(const testdc::server_event& event) {
  using line = std::optional<event_line>;
  return std::visit(
      overloaded{
          [](const testdc::connection_accepted& e) {
            return line({"accepted", e.connection, {{"peer", endpoint_text(e.peer)}}});
          },
          [](const testdc::transport_detected& e) { return line(transport_line(e)); },
          [](const testdc::probe_noticed& e) {
            return line({"probe",
                         e.connection,
                         {{"reason", e.reason.message()},
                          {"then", e.handed_over ? "handed to the fallback" : "not answered"}}});
          },
          [](const testdc::data_center_event& e) {
            const auto* const answered = std::get_if<testdc::call_answered>(&e);
            if (answered != nullptr) return line(answer_line(*answered));
            return describe_protocol(std::get<mtproto::server_event>(e));
          },
          [](const testdc::connection_ended& e) {
            event_line ended{"closed", e.connection, {}};
            if (!e.reason.empty()) ended.details.emplace_back("reason", e.reason);
            return line(ended);
          },
      },
      event);
}

std::string to_text(const event_line& line) {
  std::string text;
  if (line.connection != 0) text += '#' + std::to_string(line.connection) + ' ';
  text += line.name;
  for (const auto& [name, value] : line.details) text += "  " + name + ": " + value;
  return text;
}

std::string to_json(const event_line& line) {
  std::string text = "{\"event\":" + json_string(line.name);
  if (line.connection != 0) text += ",\"connection\":" + std::to_string(line.connection);
  for (const auto& [name, value] : line.details)
    text += ',' + json_string(name) + ':' + json_string(value);
  return text + '}';
}

std::string json_string(std::string_view text) {
  std::string quoted = "\"";
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0)
      quoted += "\xef\xbf\xbd";
    else if (length == 1)
      append_escaped(quoted, text[0]);
    else
      quoted += text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return quoted + '"';
}

}  // namespace corogram::tools
