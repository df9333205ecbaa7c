// What a server answers, as a client hears it, in each framing, bare and carried. However the bytes
// are cut into pieces, and whether they are copied or read in place, the outcome is the same; and
// so is what the client writes.

#include "support/lent.hpp"
#include "support/target.hpp"

#include <corogram/core/random.hpp>
#include <corogram/transport/client_stream.hpp>
#include <corogram/transport/proxy_secret.hpp>

#include <string>
#include <utility>
#include <variant>

namespace corogram::fuzz {

namespace {

using namespace transport;

// One of each kind.
const secret_list& secrets() {
  static const secret_list list = [] {
    secret_list made;
    for (const char* const text :
         {"00112233445566778899aabbccddeeff", "dd00112233445566778899aabbccddeeff",
          "ee00112233445566778899aabbccddeeff6578616d706c652e6f7267"})
      made.push_back(std::move(*proxy_secret::from_text(text)));
    return made;
  }();
  return list;
}

// Everything that the client heard, as text; and its own replies.
std::string hear(core::byte chosen, core::byte_view wire, std::uint64_t pieces) {
  constexpr framing framings[] = {framing::abridged, framing::intermediate,
                                  framing::padded_intermediate, framing::full, framing::http};
  core::test_random random(7);
  client_config config;
  config.framing = framings[(chosen & 15) % 5];
  if (config.framing != framing::http) {
    if ((chosen & 16) != 0) config.carrier = carrier_kind::websocket;
    if ((chosen & 32) != 0) config.carrier = carrier_kind::fake_tls;
  }
  if (config.framing != framing::http && (chosen & 128) != 0)
    config.use(secrets()[chosen % secrets().size()]);
  config.max_payload = (chosen & 64) != 0 ? 1024 : default_client_max_payload;
  client_stream made(config, random);
  client_stream stream = std::move(made);
  const bool over_http = config.framing == framing::http;
  require(stream.needs_query() == over_http, "only HTTP's server has to be asked");
  const core::byte_buffer said(40, core::byte{1});
  core::byte_buffer out;
  core::send_queue queue;
  const bool asked = is_lent(pieces) ? stream.write_packet(core::packet_buffer(said), true, queue)
                                     : stream.write_packet(said, true, out);
  core::append(out, queue.joined());
  require(asked == (!over_http && config.framing != framing::full), "others have quick acks");
  require(!stream.needs_query(), "and once it was asked it may speak");

  std::string log = "wrote " + std::string(core::as_text(out)) + "\n";
  bool failed = false;
  core::byte_buffer replies;
  in_pieces(wire, pieces, [&](core::byte_view piece) {
    if (is_lent(pieces))
      stream.feed(lent_with(stream, piece));
    else
      stream.feed(piece);
    while (!failed) {
      const auto next = stream.poll();
      if (!next) {
        failed = true;
        require_within(next.error(), wire.size());
        log +=
            "failed " + next.error().code.message() + " at " + std::to_string(next.error().offset);
      } else if (!*next) {
        break;
      } else if (const auto* const one = std::get_if<packet>(&**next)) {
        require(one->payload.size() <= wire.size(), "a payload was sent as such");
        log += "packet " + std::string(one->payload.begin(), one->payload.end()) + "\n";
      } else if (const auto* const ack = std::get_if<quick_ack>(&**next)) {
        require((ack->token >> 31) == 1, "a quick ack has bit 31 set");
        log += "ack " + std::to_string(ack->token) + "\n";
      } else {
        const std::int32_t code = std::get<transport_error>(**next).code;
        require(code < 0, "a transport error is negative");
        log += "error " + std::to_string(code) + "\n";
      }
    }
    stream.poll_transmit(replies);
  });
  return log + std::string(replies.begin(), replies.end());
}

}  // namespace

void run(core::byte_view input) noexcept {
  choices from(input);
  const core::byte chosen = from.byte();
  const std::uint64_t pieces = from.byte() | 1u;
  require(hear(chosen, from.rest(), 0) == hear(chosen, from.rest(), pieces),
          "the same outcome, however the bytes are cut, copied or read in place");
}

}  // namespace corogram::fuzz
