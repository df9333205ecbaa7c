#include <corogram/core/endian.hpp>
#include <corogram/transport/client_stream.hpp>
#include <corogram/transport/codec.hpp>
#include <corogram/transport/layers_below.hpp>
#include <corogram/transport/obfuscated.hpp>

#include <algorithm>
#include <cassert>
#include <utility>

namespace corogram::transport {

namespace {

/// An encrypted payload begins with a key's id, an unencrypted one with 0 in its place.
bool is_encrypted(core::byte_view payload) {
  return payload.size() >= 8 && core::load_le<std::int64_t>(payload.data()) != 0;
}

}  // namespace

void client_config::use(const proxy_secret& proxy) {
  secret.emplace(proxy.key());
  //= PROXY-03
  //= DIV-34
  if (proxy.type() != proxy_secret::kind::simple) framing = framing::padded_intermediate;
  if (proxy.type() == proxy_secret::kind::fake_tls) carrier = carrier_kind::fake_tls;
}

struct client_stream::state {
  state(const client_config& config, core::random_source& random)
      : frames(config.framing, role::client, std::min(config.max_payload, hard_max_payload), random,
               config.target) {
    below.carried = carrier(config.carrier, role::client, random);
    frames.limit_padding(config.max_padding);
    //= WS-07
    const bool is_hidden =
        config.obfuscated || config.secret || config.carrier != carrier_kind::tcp;
    if (!is_hidden) {
      beginning.assign(frames.tag().begin(), frames.tag().end());
      return;
    }
    assert(config.framing != framing::http);
    std::optional<proxy_key_view> key;
    if (config.secret) key = config.secret->view();
    opened_obfuscation opened = open_obfuscation(config.framing, config.dc_id, key, random);
    beginning.assign(opened.header.begin(), opened.header.end());
    below.hidden = std::move(opened.streams);
  }

  /// Gives a packet its wire form, in its place. Returns whether it asks for a quick ack.
  bool enclose(core::packet_buffer& packet, bool request_quick_ack);

  codec frames;
  layers_below below;
  /// Tag or header; empty once it is out.
  core::byte_buffer beginning;
};

client_stream::client_stream(const client_config& config, core::random_source& random)
    : state_(std::make_unique<state>(config, random)) {}
client_stream::client_stream(client_stream&&) noexcept = default;
client_stream& client_stream::operator=(client_stream&&) noexcept = default;
client_stream::~client_stream() = default;

bool client_stream::write_packet(core::byte_view payload, bool request_quick_ack,
                                 core::byte_buffer& out) {
  core::packet_buffer packet(payload);
  const bool quick_ack = state_->enclose(packet, request_quick_ack);
  core::append(out, packet.view());
  return quick_ack;
}

bool client_stream::write_packet(core::packet_buffer payload, bool request_quick_ack,
                                 core::send_queue& out) {
  const bool quick_ack = state_->enclose(payload, request_quick_ack);
  out.push(std::move(payload));
  return quick_ack;
}

bool client_stream::state::enclose(core::packet_buffer& packet, bool request_quick_ack) {
  assert(packet.size() >= 4 && packet.size() % 4 == 0 && packet.size() <= hard_max_payload);
  //= TR-19
  //= TR-25
  const bool quick_ack = request_quick_ack && frames.has_quick_ack() && is_encrypted(packet.view());
  frames.enclose(packet, quick_ack);
  below.finish(packet, beginning);
  beginning.clear();
  return quick_ack;
}

bool client_stream::needs_query() const noexcept {
  return state_->frames.kind() == framing::http && state_->frames.unanswered() == 0;
}

bool client_stream::poll_transmit(core::byte_buffer& out) {
  return state_->below.carried.take_replies(out);
}

void client_stream::feed(core::byte_view received) {
  state_->below.feed(received);
}

receive_buffer client_stream::lend() {
  return state_->below.lend();
}

void client_stream::feed(receive_buffer lent) {
  state_->below.feed(std::move(lent));
}

core::result<std::optional<incoming>> client_stream::poll() {
  return state_->below.reader.next(state_->frames, state_->below.carried.failure());
}

}  // namespace corogram::transport
