// The first bytes of a connection, and all that follows, as a server hears them: detection,
// framings, obfuscation, HTTP, WebSocket, fake TLS. However the bytes are cut into pieces, and
// whether they are copied or read in place, the outcome is the same; and so is the answer.

#include "support/lent.hpp"
#include "support/target.hpp"

#include <corogram/core/clock.hpp>
#include <corogram/core/random.hpp>
#include <corogram/transport/fake_tls_hello.hpp>
#include <corogram/transport/server_stream.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace corogram::fuzz {

namespace {

using namespace transport;

struct heard {
  std::vector<core::byte_buffer> payloads;
  std::vector<bool> quick_acks;
  core::byte_buffer replies;
  std::string about;  // the connection, once all has arrived
  core::byte_buffer refused;
  core::byte_buffer answer;
  bool failed = false;
  core::error failure{core::errc::internal, 0, ""};
};

std::shared_ptr<const secret_list> known_secrets() {
  static const auto secrets = [] {
    auto made = std::make_shared<secret_list>();
    for (const char* const text :
         {"00112233445566778899aabbccddeeff", "dd00112233445566778899aabbccddeeff",
          "ee00112233445566778899aabbccddeeff6578616d706c652e6f7267"})
      made->push_back(std::move(*proxy_secret::from_text(text)));
    return std::shared_ptr<const secret_list>(made);
  }();
  return secrets;
}

std::string described(const server_stream& stream, bool failed) {
  const auto framing = stream.detected();
  const auto dc_id = stream.dc_id();
  const auto secret = stream.secret_index();
  require(!dc_id || stream.obfuscated(), "the number of a DC comes in an obfuscation header");
  require(!secret || stream.obfuscated(), "and so does the proof of a secret");
  return std::to_string(framing ? static_cast<int>(*framing) : -1) + " over " +
         std::to_string(static_cast<int>(stream.carried_by())) + ", DC " +
         (dc_id ? std::to_string(*dc_id) : "unknown") + ", secret " +
         (secret ? std::to_string(*secret) : "none") +
         (!failed && stream.is_mid_packet() ? ", in the midst of a packet" : "");
}

// Whatever a server may say, it can. Returns the wire form of a packet.
core::byte_buffer answer(server_stream& stream, bool in_place) {
  const framing spoken = *stream.detected();
  core::byte_buffer ack;
  stream.write_quick_ack(0x80000001, ack);
  require(ack.empty() == (spoken == framing::full || spoken == framing::http),
          "all but full and HTTP have quick acks");
  if (!stream.can_write()) return {};
  const core::byte_buffer said(600, core::byte{1});
  core::byte_buffer answer;
  core::send_queue queue;
  if (in_place)
    stream.write_packet(core::packet_buffer(said), queue);
  else
    stream.write_packet(said, answer);
  core::append(answer, queue.joined());
  require(answer.size() > 600, "an answer goes in a frame");
  core::byte_buffer error;
  if (!stream.can_write()) return answer;
  stream.write_transport_error(-404, error);
  require(!error.empty(), "an error can be told");
  return answer;
}

heard hear(core::byte chosen, core::byte_view wire, std::uint64_t pieces) {
  // The clock at which the fake TLS hellos of the corpus were made.
  constexpr core::instant now{std::chrono::seconds(1000), std::chrono::seconds(1'700'000'000)};
  core::test_random random(7);
  server_config config;
  config.http = (chosen & 1) != 0;
  config.websocket = (chosen & 2) != 0;
  if ((chosen & 4) != 0) config.secrets = known_secrets();
  if ((chosen & 8) != 0) config.hellos = std::make_shared<hello_memory>();
  config.require_secret = (chosen & 4) != 0 && (chosen & 16) != 0;
  config.enforce_secret_kind = (chosen & 32) != 0;
  config.max_payload = (chosen & 64) != 0 ? 1024 : default_server_max_payload;
  server_stream made(std::move(config), random);
  server_stream stream = std::move(made);

  heard all;
  in_pieces(wire, pieces, [&](core::byte_view piece) {
    if (is_lent(pieces))
      stream.feed(lent_with(stream, piece), now);
    else
      stream.feed(piece, now);
    while (!all.failed) {
      const auto next = stream.poll();
      if (!next) {
        all.failed = true;
        all.failure = next.error();
      } else if (!*next) {
        break;
      } else {
        const auto* const one = std::get_if<packet>(&**next);
        require(one != nullptr, "a server hears packets only");
        all.payloads.emplace_back(one->payload.begin(), one->payload.end());
        all.quick_acks.push_back(one->quick_ack_requested);
      }
    }
    stream.poll_transmit(all.replies);
  });
  all.about = described(stream, all.failed);
  all.refused.assign(stream.refused().begin(), stream.refused().end());
  if (stream.detected()) all.answer = answer(stream, is_lent(pieces));
  return all;
}

}  // namespace

void run(core::byte_view input) noexcept {
  choices from(input);
  const core::byte chosen = from.byte();
  const std::uint64_t pieces = from.byte() | 1u;
  const heard whole = hear(chosen, from.rest(), 0), parts = hear(chosen, from.rest(), pieces);

  for (const core::byte_buffer& payload : whole.payloads)
    require(payload.size() <= from.rest().size(), "a payload was sent as such");
  require(whole.payloads == parts.payloads, "the same packets, however they are cut");
  require(whole.quick_acks == parts.quick_acks, "the same requests for quick acks");
  require(whole.replies == parts.replies, "the same replies");
  require(whole.about == parts.about, "the same connection");
  require(whole.answer == parts.answer, "the same answer");
  require(whole.refused.size() >= parts.refused.size() &&
              std::equal(parts.refused.begin(), parts.refused.end(), whole.refused.begin()),
          "what is refused is what came first");
  require(whole.failed == parts.failed, "a failure does not depend on the cuts");
  if (whole.failed) {
    require(whole.failure.code == parts.failure.code, "the same failure");
    require(whole.failure.offset == parts.failure.offset, "the same offset");
    require_within(whole.failure, from.rest().size());
  }
}

}  // namespace corogram::fuzz
