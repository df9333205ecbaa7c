#include <corogram/core/endian.hpp>
#include <corogram/transport/codec.hpp>
#include <corogram/transport/detect.hpp>
#include <corogram/transport/errc.hpp>
#include <corogram/transport/frame_reader.hpp>
#include <corogram/transport/full.hpp>
#include <corogram/transport/obfuscated.hpp>
#include <corogram/transport/server_stream.hpp>

#include <algorithm>
#include <cassert>
#include <utility>

namespace corogram::transport {

struct server_stream::state {
  state(server_config config_, core::random_source& random_)
      : config(std::move(config_)), random(random_) {
    config.max_payload = std::min(config.max_payload, hard_max_payload);
  }

  // Each step of the beginning either finds the codec, leaves it unset for want of bytes, or fails.
  core::result<void> begin();
  core::result<void> begin_obfuscated();
  core::result<void> begin_obfuscated_full();
  void adopt(accepted_obfuscation accepted);

  void use(framing kind) { frames.emplace(kind, role::server, config.max_payload, random); }

  /// Encrypts what was appended to `out` behind `begin`.
  void hide(core::byte_buffer& out, std::size_t begin) {
    if (hidden) hidden->encrypt(core::byte_span(out).subspan(begin));
  }

  server_config config;
  core::random_source& random;
  frame_reader reader;
  /// Empty until the framing is known.
  std::optional<codec> frames;
  std::optional<obfuscation> hidden;
  std::optional<std::int16_t> dc_id;
  std::optional<std::size_t> secret_index;
};

server_stream::server_stream(server_config config, core::random_source& random)
    : state_(std::make_unique<state>(std::move(config), random)) {}
server_stream::server_stream(server_stream&&) noexcept = default;
server_stream& server_stream::operator=(server_stream&&) noexcept = default;
server_stream::~server_stream() = default;

void server_stream::feed(core::byte_view received) {
  const core::byte_span copy = state_->reader.append(received);
  if (state_->hidden) state_->hidden->decrypt(copy);
}

core::result<std::optional<incoming>> server_stream::poll() {
  if (state_->reader.failure()) return *state_->reader.failure();
  if (!state_->frames) {
    const core::result<void> begun = state_->begin();
    if (!begun) return state_->reader.fail(begun.error());
    if (!state_->frames) return std::optional<incoming>();
  }
  return state_->reader.next(*state_->frames);
}

core::result<void> server_stream::state::begin() {
  if (hidden) return begin_obfuscated_full();
  COROGRAM_TRY(const start found, detect(reader.waiting(), config.max_payload));
  if (std::holds_alternative<obfuscated_start>(found)) return begin_obfuscated();
  const plain_start* const plain = std::get_if<plain_start>(&found);
  if (plain == nullptr) return {};
  if (config.require_secret)
    return core::error(errc::unknown_protocol, 0, "an obfuscated connection");
  use(plain->kind);
  reader.skip(plain->tag_size);
  return {};
}

core::result<void> server_stream::state::begin_obfuscated() {
  obfuscation_header header;
  std::ranges::copy(reader.waiting().first(obfuscation_header_size), header.begin());

  std::optional<accepted_obfuscation> untagged;
  if (!config.require_secret) {
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
    accepted_obfuscation accepted = accept_obfuscation(header, (*config.secrets)[i].view());
    if (!accepted.inner) continue;
    secret_index = i;
    adopt(std::move(accepted));
    return {};
  }
  //= TR-43
  if (!untagged) return core::error(errc::bad_obfuscation, 56, "a tag under a known secret");
  adopt(std::move(*untagged));
  return begin_obfuscated_full();
}

//= TR-44
// Full framing has no tag, so any other bytes may stand in its place. What follows decides: noise
// has a chance of 2^-53 to look like a frame numbered 0, and then still fails its checksum.
core::result<void> server_stream::state::begin_obfuscated_full() {
  const core::byte_view first = reader.waiting();
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
  hidden = std::move(accepted.streams);
  reader.skip(obfuscation_header_size);
  hidden->decrypt(reader.waiting());
  if (accepted.inner) use(*accepted.inner);
}

void server_stream::write_packet(core::byte_view payload, core::byte_buffer& out) {
  assert(state_->frames);
  assert(payload.size() >= 4 && payload.size() % 4 == 0 && payload.size() <= hard_max_payload);
  const std::size_t begin = out.size();
  state_->frames->write_packet(payload, false, out);
  state_->hide(out, begin);
}

void server_stream::write_quick_ack(std::uint32_t token, core::byte_buffer& out) {
  assert(state_->frames && (token & 0x80000000) != 0);
  const std::size_t begin = out.size();
  state_->frames->write_quick_ack(token, out);
  state_->hide(out, begin);
}

void server_stream::write_transport_error(std::int32_t code, core::byte_buffer& out) {
  assert(state_->frames && code < 0);
  const std::size_t begin = out.size();
  state_->frames->write_transport_error(code, state_->config.pad_transport_errors, out);
  state_->hide(out, begin);
}

bool server_stream::is_mid_packet() const noexcept { return !state_->reader.waiting().empty(); }

std::optional<framing> server_stream::detected() const noexcept {
  if (!state_->frames) return std::nullopt;
  return state_->frames->kind();
}

bool server_stream::obfuscated() const noexcept {
  return state_->frames && state_->hidden;
}

std::optional<std::int16_t> server_stream::dc_id() const noexcept {
  return obfuscated() ? state_->dc_id : std::nullopt;
}

std::optional<std::size_t> server_stream::secret_index() const noexcept {
  return state_->secret_index;
}

}  // namespace corogram::transport
