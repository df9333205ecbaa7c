#include "framing.hpp"

#include "alter.hpp"
#include "lent.hpp"
#include "target.hpp"

#include <corogram/core/random.hpp>
#include <corogram/transport/carrier.hpp>
#include <corogram/transport/codec.hpp>
#include <corogram/transport/frame_reader.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace corogram::fuzz {

namespace {

using namespace transport;

constexpr std::size_t max_payload = 2048;

role other(role side) {
  return side == role::client ? role::server : role::client;
}

// Events as text, so that lists of them compare.
std::string told(const incoming& event) {
  if (const auto* const one = std::get_if<packet>(&event))
    return "packet " + std::to_string(one->quick_ack_requested) + " " +
           std::string(core::as_text(one->payload));
  if (const auto* const ack = std::get_if<quick_ack>(&event))
    return "ack " + std::to_string(ack->token);
  return "error " + std::to_string(std::get<transport_error>(event).code);
}

void append_frame(codec& frames, core::byte_view payload, bool quick_ack, core::byte_buffer& wire) {
  core::packet_buffer whole(payload);
  frames.enclose(whole, quick_ack);
  core::append(wire, whole);
}

// The far end: writes frames and remembers what they say.
class writer {
 public:
  writer(framing kind, role side) : random_(3), codec_(kind, side, max_payload, random_) {
    side_ = side;
  }

  void write(choices& from) {
    core::byte_buffer payload = payload_of(from);
    const std::size_t what = from.below(4);
    if (codec_.kind() == framing::http && side_ == role::server) hear_a_query();
    if (what == 2 && side_ == role::server && codec_.has_quick_ack()) {
      const std::uint32_t token = word(from) | 0x80000000u;
      codec_.write_quick_ack(token, wire);
      expected.push_back(told(quick_ack{token}));
    } else if (what == 3 && side_ == role::server) {
      // Not -1: with random bytes behind it, that begins as a quick ack does.
      const std::int32_t code = -2 - static_cast<std::int32_t>(from.below(598));
      codec_.write_transport_error(code, from.flag(), wire);
      exact = exact && codec_.kind() != framing::http;  // HTTP has three digits for it
      expected.push_back(told(transport_error{code}));
    } else {
      const bool asks = from.flag() && side_ == role::client;
      append_frame(codec_, payload, asks, wire);
      // Four bytes from a server are an error if they are negative, and padded ones end where what
      // they hold says: the framing does not promise to keep such payloads.
      exact = exact && codec_.kind() != framing::padded_intermediate && payload.size() > 4;
      expected.push_back(told(packet{payload, asks && codec_.has_quick_ack()}));
    }
  }

  core::byte_buffer wire;
  std::vector<std::string> expected;
  // Whether what is read has to be what was written, to the byte.
  bool exact = true;

 private:
  // Of few words, or of as many as need abridged's long form: 127, with one less and one more.
  [[nodiscard]] core::byte_buffer payload_of(choices& from) const {
    std::size_t words = from.below(64) + 1;
    if (words == 64) words = 126 + from.below(3);
    // In padded intermediate a server's short frames are no packets.
    if (codec_.kind() == framing::padded_intermediate) words = std::max<std::size_t>(words, 6);
    const core::byte_view given = from.take(4 * words);
    core::byte_buffer payload(given.begin(), given.end());
    payload.resize(4 * words);
    return payload;
  }

  void hear_a_query() {
    core::test_random random(4);
    codec client(framing::http, role::client, max_payload, random);
    core::byte_buffer query;
    append_frame(client, core::byte_buffer(8), false, query);
    const auto outcome = codec_.read(query);
    require(outcome && std::holds_alternative<frame>(*outcome), "a query is read");
  }

  role side_ = role::client;
  core::test_random random_;
  codec codec_;
};

struct heard {
  std::vector<std::string> events;
  core::byte_buffer replies;
  std::optional<core::error> failure;
};

heard hear(framing kind, role side, core::byte_view wire, std::uint64_t pieces) {
  core::test_random random(5);
  codec frames(kind, side, max_payload, random);
  core::byte_buffer queries;
  for (int i = 0; i < 8 && side == role::client; ++i)
    append_frame(frames, core::byte_buffer(8), false, queries);
  frame_reader reader;
  heard all;
  in_pieces(wire, pieces, [&](core::byte_view piece) {
    if (is_lent(pieces))
      static_cast<void>(reader.append(lent_with(reader, piece)));
    else
      static_cast<void>(reader.append(piece));
    while (true) {
      const auto next = reader.next(frames);
      if (!next) {
        if (all.failure) require(all.failure->code == next.error().code, "a failure is for good");
        all.failure = next.error();
        break;
      }
      require(!all.failure, "after a failure there is nothing");
      if (!*next) break;
      if (const auto* const one = std::get_if<packet>(&**next))
        require(one->payload.size() <= max_payload + default_max_padding,
                "a payload has its limit");
      all.events.push_back(told(**next));
    }
    frames.take_replies(all.replies);
  });
  return all;
}

}  // namespace

void check_framing(core::byte_view input, framing kind) {
  choices from(input);
  const role side = from.flag() ? role::client : role::server;
  const std::uint64_t pieces = from.byte() | 1u;
  writer peer(kind, other(side));
  bool altered = true;
  const bool raw = from.below(4) == 0;
  if (raw) {
    peer.wire.assign(from.rest().begin(), from.rest().end());
  } else {
    for (std::size_t left = from.below(4) + 1; left > 0; --left) peer.write(from);
    altered = alter(from, peer.wire);
  }
  const heard whole = hear(kind, side, peer.wire, 0), parts = hear(kind, side, peer.wire, pieces);
  require(whole.events == parts.events, "the same events, however the bytes are cut");
  require(whole.replies == parts.replies, "the same replies");
  require(whole.failure.has_value() == parts.failure.has_value(), "and the same end");
  if (whole.failure) {
    require(whole.failure->code == parts.failure->code, "the same failure");
    require(whole.failure->offset == parts.failure->offset, "at the same place");
    require_within(*whole.failure, peer.wire.size());
  }
  if (kind == framing::full && !raw && peer.exact)
    // Whatever was changed, its checksum and number do not fit any more.
    require(whole.events.size() <= peer.expected.size() &&
                std::equal(whole.events.begin(), whole.events.end(), peer.expected.begin()),
            "nothing altered is heard");
  if (altered) return;
  require(!whole.failure, "what is written can be read");
  require(whole.events.size() == peer.expected.size(), "frame by frame");
  if (peer.exact) require(whole.events == peer.expected, "as it was written");
}

namespace {

struct unwrapped {
  core::byte_buffer inner;
  core::byte_buffer replies;
  std::optional<core::error> failure;
};

unwrapped unwrap(carrier_kind kind, role side, core::byte_view wire, std::uint64_t pieces) {
  core::test_random random(5);
  carrier end(kind, side, random);
  unwrapped all;
  in_pieces(wire, pieces, [&](core::byte_view piece) {
    const core::byte_view inner = end.unwrap(piece);
    require(!all.failure || inner.empty(), "after a failure there is nothing");
    core::append(all.inner, inner);
    end.take_replies(all.replies);
    if (end.failure()) all.failure = end.failure();
  });
  return all;
}

}  // namespace

void check_carrier(core::byte_view input, carrier_kind kind) {
  choices from(input);
  const role side = from.flag() ? role::client : role::server;
  const std::uint64_t pieces = from.byte() | 1u;
  core::test_random random(3);
  carrier peer(kind, other(side), random);
  core::byte_buffer wire, sent;
  bool altered = true;
  if (from.below(4) == 0) {
    wire.assign(from.rest().begin(), from.rest().end());
  } else {
    for (std::size_t left = from.below(4) + 1; left > 0; --left) {
      const std::size_t size = from.below(65536) % 20000;
      const core::byte_buffer piece(size, from.byte());
      core::append(sent, piece);
      core::packet_buffer carried(piece);
      peer.wrap(carried);
      core::append(wire, carried);
    }
    altered = alter(from, wire);
  }
  const unwrapped whole = unwrap(kind, side, wire, 0), parts = unwrap(kind, side, wire, pieces);
  require(whole.inner == parts.inner, "the same content, however the bytes are cut");
  require(whole.replies == parts.replies, "the same replies");
  require(whole.failure.has_value() == parts.failure.has_value(), "and the same end");
  if (whole.failure) require(whole.failure->code == parts.failure->code, "the same failure");
  require(whole.inner.size() <= wire.size(), "nothing is added");
  if (!altered) require(!whole.failure && whole.inner == sent, "what is wrapped comes out");
}

}  // namespace corogram::fuzz
