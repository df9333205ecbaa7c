#include <corogram/core/endian.hpp>
#include <corogram/transport/carrier.hpp>
#include <corogram/transport/client_stream.hpp>
#include <corogram/transport/codec.hpp>
#include <corogram/transport/frame_reader.hpp>
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
               config.target),
        carried(config.carrier, role::client, random) {
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
    hidden = std::move(opened.streams);
  }

  codec frames;
  carrier carried;
  frame_reader reader;
  std::optional<obfuscation> hidden;
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
  assert(payload.size() >= 4 && payload.size() % 4 == 0 && payload.size() <= hard_max_payload);
  //= TR-19
  //= TR-25
  const bool quick_ack =
      request_quick_ack && state_->frames.has_quick_ack() && is_encrypted(payload);
  const std::size_t carried_begin = out.size();
  core::append(out, state_->beginning);
  state_->beginning.clear();
  const std::size_t begin = out.size();
  state_->frames.write_packet(payload, quick_ack, out);
  if (state_->hidden) state_->hidden->encrypt(core::byte_span(out).subspan(begin));
  //= PROXY-28
  state_->carried.wrap(out, carried_begin);
  return quick_ack;
}

bool client_stream::needs_query() const noexcept {
  return state_->frames.kind() == framing::http && state_->frames.unanswered() == 0;
}

bool client_stream::poll_transmit(core::byte_buffer& out) {
  return state_->carried.take_replies(out);
}

void client_stream::feed(core::byte_view received) {
  const core::byte_span copy = state_->reader.append(state_->carried.unwrap(received));
  if (state_->hidden) state_->hidden->decrypt(copy);
}

core::result<std::optional<incoming>> client_stream::poll() {
  return state_->reader.next(state_->frames, state_->carried.failure());
}

}  // namespace corogram::transport
