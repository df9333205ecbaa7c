// Every single bit of every packet of an exchange is flipped on its way, one at a time.
//
// No flipped bit may crash a side, and none may lead to a key, with one exception that lies in the
// protocol: the time in the message id of an unencrypted packet (bits 2 to 62) is neither covered
// by anything nor of any effect. A packet in which it is flipped is another valid packet that says
// the same; the two sides then agree on the very key that they would have agreed on.
//
// Each flip begins anew: a new client, or a new run of the server, is brought into its state by the
// packets of a recorded exchange, with the randomness of that exchange, and gets the flipped
// packet. Whoever accepts it goes through that same exchange with a live other side, to see what it
// leads to. The exponents a and b are short, which makes the powers cheap; all else is as it always
// is. Neither side repeats a query or starts over.

#include "exchange_support.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace corogram::mtproto {
namespace {

using namespace exchange_test;

/// 256 bytes, all but the last eight of them zero: g^it is taken modulo the prime often enough.
core::byte_buffer short_exponent(core::byte seed) {
  core::byte_buffer exponent(256);
  for (std::size_t i = 248; i < 256; ++i) exponent[i] = static_cast<core::byte>(seed + 7 * i);
  return exponent;
}

enum class way { to_server, to_client };

struct flipped_exchange {
  /// Whether the client came to a key, and whether it is the server's.
  bool agreed = false;
  std::string error;
  bool server_has_it = false;
  std::int64_t key_id = 0;
  std::vector<core::byte_buffer> queries;
  std::vector<core::byte_buffer> replies;
};

/// One server, and exchanges with it that differ in one packet at most.
class exchanges {
 public:
  exchanges(key_exchange_client_config client, key_exchange_server_config server,
            std::vector<dh_answer> answers)
      : client_(std::move(client)), server_(2, std::move(server)), answers_(std::move(answers)) {
    client_.runs = 1;
    client_.sends = 1;
  }

  /// Whether the receiver of packet number `index`, which got the packets before it as they were,
  /// goes on with `packet` in its place.
  bool accepts(const flipped_exchange& right, way direction, std::size_t index,
               core::byte_view packet) {
    prepare();
    if (direction == way::to_client) {
      client_side client(1, client_);
      plan_exponents(client);
      client.machine.start(now_);
      for (std::size_t i = 0; i < index; ++i) client.machine.handle_packet(right.replies[i], now_);
      client.machine.handle_packet(packet, now_);
      const auto outcome = client.machine.poll_outcome();
      return !outcome || outcome->has_value();
    }
    for (std::size_t i = 0; i < index; ++i) server_.reply(right.queries[i], now_);
    const bool accepted = server_.refusal(packet, now_) == 0;
    forget_keys();
    return accepted;
  }

  /// An exchange in which `alter` may change the packet number `index` of one direction.
  flipped_exchange run(way direction, std::size_t index,
                       const std::function<void(core::byte_buffer&)>& alter) {
    prepare();
    client_side client(1, client_);
    plan_exponents(client);
    line wire(client, server_);
    wire.now = now_;
    std::size_t count = 0;
    (direction == way::to_server ? wire.to_server
                                 : wire.to_client) = [&](core::byte_buffer packet) {
      if (count++ == index) alter(packet);
      return arrives(std::move(packet));
    };
    const auto outcome = wire.run();

    flipped_exchange seen;
    seen.queries = std::move(wire.queries);
    seen.replies = std::move(wire.replies);
    seen.agreed = outcome.has_value();
    if (!outcome) seen.error = outcome.error().message();
    if (outcome) {
      seen.key_id = outcome->key.id();
      const stored_key* stored = server_.keys.find(seen.key_id);
      seen.server_has_it = stored != nullptr && stored->key == outcome->key &&
                           stored->first_salt == outcome->server_salt;
    }
    forget_keys();
    return seen;
  }

 private:
  /// Makes the server forget its runs and begin its randomness again.
  void prepare() {
    now_ = core::later(now_, 15min);
    server_.random = recorded_random(2);
    server_.random.plan(short_exponent(100));
    server_.machine.force_answers(answers_);
  }

  void plan_exponents(client_side& client) const {
    for (core::byte i = 0; i <= answers_.size(); ++i) client.random.plan(short_exponent(i));
  }

  void forget_keys() {
    for (const key_agreed& key : server_.events<key_agreed>()) server_.keys.erase(key.auth_key_id);
  }

  key_exchange_client_config client_;
  server_side server_;
  std::vector<dh_answer> answers_;
  core::instant now_ = noon();
};

/// Calls `check` with the outcome for every flipped bit, or every `stride`th of them.
void for_each_flip(
    exchanges& all, std::size_t stride,
    const std::function<void(const flipped_exchange& seen, const flipped_exchange& right,
                             std::size_t bit)>& check) {
  const flipped_exchange right = all.run(way::to_server, 1000, {});
  ASSERT_TRUE(right.agreed) << right.error;
  ASSERT_TRUE(right.server_has_it);
  for (const way direction : {way::to_server, way::to_client}) {
    const auto& packets = direction == way::to_server ? right.queries : right.replies;
    for (std::size_t packet = 0; packet < packets.size(); ++packet) {
      SCOPED_TRACE((direction == way::to_server ? "query " : "reply ") + std::to_string(packet));
      for (std::size_t bit = 0; bit < packets[packet].size() * 8; bit += stride) {
        const auto flip = [&](core::byte_buffer& bytes) {
          bytes[bit / 8] = static_cast<core::byte>(bytes[bit / 8] ^ (1U << bit % 8));
        };
        core::byte_buffer flipped = packets[packet];
        flip(flipped);
        flipped_exchange seen;
        if (all.accepts(right, direction, packet, flipped)) seen = all.run(direction, packet, flip);
        check(seen, right, bit);
      }
    }
  }
}

/// The bits that no flip makes wrong: see above.
constexpr std::size_t first_id_bit = 64;

bool is_time_of_message_id(std::size_t bit) {
  return bit >= first_id_bit + 2 && bit < first_id_bit + 64;
}

//= SEC-03 test
//= SEC-10 test
TEST(KeyExchangeFlips, NoBitOfAnExchangeWithAStrictServerLeadsToAKey) {
  auto server = server_config();
  server.strictness = policy(strictness::strict);
  exchanges all(client_config(), std::move(server), {});
  std::size_t flips = 0;
  std::size_t agreements = 0;
  for_each_flip(all, 1,
                [&](const flipped_exchange& seen, const flipped_exchange& right, std::size_t bit) {
                  ++flips;
                  EXPECT_EQ(seen.agreed, is_time_of_message_id(bit))
                      << "byte " << bit / 8 << ", bit " << bit % 8;
                  if (!seen.agreed) return;
                  ++agreements;
                  EXPECT_TRUE(seen.server_has_it);
                  EXPECT_EQ(seen.key_id, right.key_id);
                });
  // 40 + 340 + 396 bytes of queries, 84 + 652 + 72 of replies.
  EXPECT_EQ(flips, 1584U * 8);
  EXPECT_EQ(agreements, 6U * 62);
}

// Where more may vary without an effect (bytes after the replies, a fingerprint that is not ours,
// what a server lets pass), there is the same key on both sides or none.
TEST(KeyExchangeFlips, WithALaxServerBothSidesHaveTheSameKeyOrNone) {
  for (const bool older : {false, true}) {
    auto server = server_config();
    server.strictness = policy(strictness::lax);
    server.keys.push_back(other_key());
    server.random_tails = true;
    auto client = client_config();
    client.expires_in = 3600s;
    if (older) client.dialect = {true, true, true};
    exchanges all(std::move(client), std::move(server), {dh_answer::retry});
    std::size_t agreements = 0;
    // Not every bit, since most of a tail is accepted, which costs time; each of the eight has its
    // turn.
    for_each_flip(
        all, 25, [&](const flipped_exchange& seen, const flipped_exchange& right, std::size_t bit) {
          if (!seen.agreed) return;
          ++agreements;
          EXPECT_TRUE(seen.server_has_it) << "byte " << bit / 8 << ", bit " << bit % 8;
          EXPECT_EQ(seen.key_id, right.key_id);
        });
    EXPECT_GT(agreements, 0U);
  }
}

}  // namespace
}  // namespace corogram::mtproto
