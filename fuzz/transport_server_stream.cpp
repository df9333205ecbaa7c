// The first bytes of a connection, and all that follows, as a server hears them: detection,
// framings, obfuscation, HTTP, WebSocket, fake TLS. However the bytes are cut into pieces, the
// outcome is the same.

#include "support/target.hpp"

#include <corogram/core/clock.hpp>
#include <corogram/core/random.hpp>
#include <corogram/transport/fake_tls_hello.hpp>
#include <corogram/transport/server_stream.hpp>

#include <chrono>
#include <memory>
#include <variant>
#include <vector>

namespace corogram::fuzz {

namespace {

using namespace transport;

struct heard {
  std::vector<core::byte_buffer> payloads;
  std::vector<bool> quick_acks;
  core::byte_buffer replies;
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
  server_stream stream(std::move(config), random);

  heard all;
  in_pieces(wire, pieces, [&](core::byte_view piece) {
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
  if (stream.can_write() && stream.detected()) {
    core::byte_buffer out;
    stream.write_transport_error(-404, out);
    require(!out.empty() || *stream.detected() == framing::http, "an error can be told");
  }
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
  require(whole.failed == parts.failed, "a failure does not depend on the cuts");
  if (whole.failed) {
    require(whole.failure.code == parts.failure.code, "the same failure");
    require(whole.failure.offset == parts.failure.offset, "the same offset");
    require_within(whole.failure, from.rest().size());
  }
}

}  // namespace corogram::fuzz
