#include <corogram/core/endian.hpp>
#include <corogram/transport/codec.hpp>
#include <corogram/transport/detect.hpp>
#include <corogram/transport/errc.hpp>
#include <corogram/transport/fake_tls_hello.hpp>
#include <corogram/transport/full.hpp>
#include <corogram/transport/layers_below.hpp>
#include <corogram/transport/obfuscated.hpp>
#include <corogram/transport/server_stream.hpp>
#include <corogram/transport/websocket_handshake.hpp>

#include <algorithm>
#include <cassert>
#include <utility>

namespace corogram::transport {

struct server_stream::state {
  state(server_config config_, core::random_source& random_)
      : config(std::move(config_)), random(random_) {
    config.max_payload = std::min(config.max_payload, hard_max_payload);
  }

  // Each step of the beginning finds the codec, or changes what is begun, or leaves all as it is
  // for want of bytes, or fails.
  core::result<void> begin();
  core::result<void> begin_http(http_start method);
  core::result<void> begin_websocket();
  core::result<void> begin_tls();
  core::result<void> begin_obfuscated();
  core::result<void> begin_obfuscated_full();

  [[nodiscard]] bool may_open(std::size_t index, framing inner) const;
  void adopt(accepted_obfuscation accepted);
  void use(framing kind) {
    //= PROXY-10
    const std::size_t limit = secret_index ? proxy_max_payload : hard_max_payload;
    frames.emplace(kind, role::server, std::min(config.max_payload, limit), random);
    frames->limit_padding(config.max_padding);
  }
  void use(carrier_kind kind, std::size_t handshake_size);

  /// Appends the wire form of what the codec has made.
  void finish(core::byte_view framed, core::byte_buffer& out) {
    core::packet_buffer piece(framed);
    below.finish(piece);
    core::append(out, piece.view());
  }

  server_config config;
  core::random_source& random;
  core::instant now;
  layers_below below;
  /// Empty until the framing is known.
  std::optional<codec> frames;
  std::optional<std::int16_t> dc_id;
  std::optional<std::size_t> secret_index;
  /// What a handshake has to send.
  core::byte_buffer replies;
};

server_stream::server_stream(server_config config, core::random_source& random)
    : state_(std::make_unique<state>(std::move(config), random)) {}
server_stream::server_stream(server_stream&&) noexcept = default;
server_stream& server_stream::operator=(server_stream&&) noexcept = default;
server_stream::~server_stream() = default;

void server_stream::feed(core::byte_view received) {
  state_->below.feed(received);
}

void server_stream::feed(core::byte_view received, core::instant now) {
  state_->now = now;
  state_->below.feed(received);
}

receive_buffer server_stream::lend() {
  return state_->below.lend();
}

void server_stream::feed(receive_buffer lent, core::instant now) {
  state_->now = now;
  state_->below.feed(std::move(lent));
}

core::result<std::optional<incoming>> server_stream::poll() {
  if (state_->below.reader.failure()) return *state_->below.reader.failure();
  if (!state_->frames) {
    const core::result<void> begun = state_->begin();
    if (!begun) return state_->below.reader.fail(begun.error());
    if (!state_->frames) {
      if (state_->below.carried.failure())
        return state_->below.reader.fail(*state_->below.carried.failure());
      return std::optional<incoming>();
    }
  }
  return state_->below.reader.next(*state_->frames, state_->below.carried.failure());
}

core::result<void> server_stream::state::begin() {
  if (below.hidden) return begin_obfuscated_full();
  //= PROXY-31
  // Inside fake TLS there is nothing else that a header could be taken for.
  if (below.carried.kind() == carrier_kind::fake_tls) return begin_obfuscated();

  COROGRAM_TRY(const start found, detect(below.reader.waiting(), config.max_payload));
  if (std::holds_alternative<incomplete>(found)) return {};
  if (std::holds_alternative<obfuscated_start>(found)) return begin_obfuscated();
  //= WS-07
  if (below.carried.kind() != carrier_kind::tcp)
    return core::error(errc::unknown_protocol, 0, "an obfuscated connection");
  if (const http_start* const method = std::get_if<http_start>(&found)) return begin_http(*method);
  if (std::holds_alternative<tls_start>(found)) return begin_tls();
  if (config.require_secret)
    return core::error(errc::unknown_protocol, 0, "an obfuscated connection");
  const plain_start& plain = *std::get_if<plain_start>(&found);
  use(plain.kind);
  below.reader.skip(plain.tag_size);
  return {};
}

core::result<void> server_stream::state::begin_http(http_start method) {
  if (method.is_get && config.websocket) return begin_websocket();
  if (!config.http || config.require_secret)
    return core::error(errc::unknown_protocol, 0, "a transport that is offered");
  use(framing::http);
  return {};
}

core::result<void> server_stream::state::begin_websocket() {
  COROGRAM_TRY(const std::optional<std::size_t> size,
               accept_websocket(below.reader.waiting(), replies));
  if (!size) return {};
  use(carrier_kind::websocket, *size);
  return begin();
}

core::result<void> server_stream::state::begin_tls() {
  if (!config.secrets || !config.hellos)
    return core::error(errc::unknown_protocol, 0, "a transport that is offered");
  COROGRAM_TRY(const std::optional<accepted_hello> hello,
               accept_hello(below.reader.waiting(), *config.secrets, now, *config.hellos));
  if (!hello) return {};
  secret_index = hello->secret_index;
  write_server_hello(*hello, (*config.secrets)[hello->secret_index].key(), random, replies);
  use(carrier_kind::fake_tls, hello->size);
  return begin();
}

/// Goes on inside a carrier behind its handshake.
void server_stream::state::use(carrier_kind kind, std::size_t handshake_size) {
  below.reader.skip(handshake_size);
  const core::byte_buffer rest(below.reader.waiting().begin(), below.reader.waiting().end());
  below.carried = carrier(kind, role::server, random);
  below.reader = frame_reader();
  below.feed(rest);
}

core::result<void> server_stream::state::begin_obfuscated() {
  if (below.reader.waiting().size() < obfuscation_header_size) return {};
  obfuscation_header header;
  std::ranges::copy(below.reader.waiting().first(obfuscation_header_size), header.begin());

  std::optional<accepted_obfuscation> untagged;
  if (!config.require_secret && below.carried.kind() != carrier_kind::fake_tls) {
    accepted_obfuscation accepted = accept_obfuscation(header, std::nullopt);
    if (accepted.inner) {
      adopt(std::move(accepted));
      return {};
    }
    untagged = std::move(accepted);
  }
  //= PROXY-05
  const std::size_t secret_count = config.secrets ? config.secrets->size() : 0;
  for (std::size_t i = 0; i < secret_count; ++i) {
    accepted_obfuscation accepted = accept_obfuscation(header, (*config.secrets)[i].key());
    if (!accepted.inner || !may_open(i, *accepted.inner)) continue;
    secret_index = i;
    adopt(std::move(accepted));
    return {};
  }
  //= TR-43
  constexpr std::size_t tag_offset = 56;
  if (!untagged)
    return core::error(errc::bad_obfuscation, tag_offset, "a tag under a known secret");
  adopt(std::move(*untagged));
  return begin_obfuscated_full();
}

/// Whether a connection with this secret may have this framing inside.
bool server_stream::state::may_open(std::size_t index, framing inner) const {
  using kind = proxy_secret::kind;
  const kind type = (*config.secrets)[index].type();
  //= PROXY-29
  if (below.carried.kind() == carrier_kind::fake_tls)
    return index == secret_index && inner == framing::padded_intermediate;
  //= PROXY-08
  if (!config.enforce_secret_kind) return true;
  return type == kind::simple || (type == kind::padded && inner == framing::padded_intermediate);
}

//= TR-44
// Full framing has no tag, so any other bytes may stand in its place. What follows decides: noise
// has a chance of 2^-53 to look like a frame numbered 0, and then still fails its checksum.
core::result<void> server_stream::state::begin_obfuscated_full() {
  const core::byte_view first = below.reader.waiting();
  if (first.size() < 8) return {};
  if (!full::is_length(core::load_le<std::uint32_t>(first.data()), config.max_payload) ||
      core::load_le<std::uint32_t>(first.data() + 4) != 0)
    return core::error(errc::bad_obfuscation, 0, "a tag in the header, or a full frame behind it");
  use(framing::full);
  return {};
}

/// Goes on with the streams of an accepted header: takes it and decrypts what has come after it.
void server_stream::state::adopt(accepted_obfuscation accepted) {
  dc_id = accepted.dc_id;
  below.hidden = std::move(accepted.streams);
  below.reader.skip(obfuscation_header_size);
  below.hidden->decrypt(below.reader.waiting());
  if (accepted.inner) use(*accepted.inner);
}

bool server_stream::poll_transmit(core::byte_buffer& out) {
  const std::size_t begin = out.size();
  core::append(out, state_->replies);
  state_->replies.clear();
  if (state_->frames) state_->frames->take_replies(out);
  state_->below.carried.take_replies(out);
  return out.size() > begin;
}

bool server_stream::can_write() const noexcept {
  return state_->frames && state_->frames->can_write();
}

void server_stream::write_packet(core::byte_view payload, core::byte_buffer& out) {
  assert(can_write());
  assert(payload.size() >= 4 && payload.size() % 4 == 0 && payload.size() <= hard_max_payload);
  core::packet_buffer packet(payload);
  state_->frames->enclose(packet, false);
  state_->below.finish(packet);
  core::append(out, packet.view());
}

void server_stream::write_packet(core::packet_buffer payload, core::send_queue& out) {
  assert(can_write());
  assert(payload.size() >= 4 && payload.size() % 4 == 0 && payload.size() <= hard_max_payload);
  state_->frames->enclose(payload, false);
  state_->below.finish(payload);
  out.push(std::move(payload));
}

void server_stream::write_quick_ack(std::uint32_t token, core::byte_buffer& out) {
  assert(state_->frames && (token & 0x80000000) != 0);
  if (!state_->frames->has_quick_ack()) return;
  core::byte_buffer framed;
  state_->frames->write_quick_ack(token, framed);
  state_->finish(framed, out);
}

//= WS-08
void server_stream::write_transport_error(std::int32_t code, core::byte_buffer& out) {
  assert(can_write() && code < 0);
  core::byte_buffer framed;
  state_->frames->write_transport_error(code, state_->config.pad_transport_errors, framed);
  state_->finish(framed, out);
}

bool server_stream::is_mid_packet() const noexcept {
  return !state_->below.reader.waiting().empty();
}

std::optional<framing> server_stream::detected() const noexcept {
  if (!state_->frames) return std::nullopt;
  return state_->frames->kind();
}

carrier_kind server_stream::carried_by() const noexcept {
  return state_->below.carried.kind();
}

bool server_stream::obfuscated() const noexcept {
  return state_->frames && state_->below.hidden;
}

std::optional<std::int16_t> server_stream::dc_id() const noexcept {
  return obfuscated() ? state_->dc_id : std::nullopt;
}

std::optional<std::size_t> server_stream::secret_index() const noexcept {
  return obfuscated() ? state_->secret_index : std::nullopt;
}

core::byte_view server_stream::refused() const noexcept {
  const bool is_refused = state_->below.reader.failure() && !state_->frames;
  return is_refused ? state_->below.reader.waiting() : core::byte_span();
}

}  // namespace corogram::transport
