#pragma once

// What the tests of the key exchange share: keys, the official samples, a client and a server with
// a line between them that loses, repeats and alters packets as it is told.

#include "crypto/pem.hpp"
#include "support/vectors.hpp"

#include <corogram/core/clock.hpp>
#include <corogram/core/hex.hpp>
#include <corogram/core/random.hpp>
#include <corogram/crypto/rsa.hpp>
#include <corogram/mtproto/auth_key_store.hpp>
#include <corogram/mtproto/key_exchange_client.hpp>
#include <corogram/mtproto/key_exchange_server.hpp>
#include <corogram/mtproto/plain_message.hpp>
#include <corogram/tl/codec.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace corogram::mtproto::exchange_test {

using namespace std::chrono_literals;

inline test::vectors crypto_data(const std::string& name) {
  return test::read_vectors(COROGRAM_CRYPTO_TEST_DATA "/" + name);
}

inline test::vectors own_data(const std::string& name) {
  return test::read_vectors(COROGRAM_TEST_DATA "/" + name);
}

/// The values of an official sample ('a' or 'b'), and its packets.
inline test::vectors sample_values(char which) {
  return crypto_data(std::string("key_exchange_") + which + ".txt");
}
inline test::vectors sample_packets(char which) {
  return own_data(std::string("sample_") + which + ".txt");
}

/// The servers' key, and another one.
inline crypto::rsa_private_key server_key() {
  static const std::string text =
      crypto::pem("PRIVATE KEY", crypto_data("rsa_keys.txt").text("private_pkcs8"));
  return *crypto::rsa_private_key::from_pem(text);
}
inline crypto::rsa_private_key other_key() {
  static const std::string text =
      crypto::pem("PRIVATE KEY", crypto_data("rsa_keys.txt").text("low_modulus"));
  return *crypto::rsa_private_key::from_pem(text);
}
inline const crypto::rsa_public_key& server_public_key() {
  static const crypto::rsa_public_key key = server_key().public_key();
  return key;
}

/// A made-up moment: 2026-01-01 12:00:00.123456789 UTC.
inline core::instant noon() {
  return {1000s, std::chrono::seconds(1767268800) + 123456789ns};
}

/// A seeded source that can also be told what to say, and remembers what it said.
class recorded_random final : public core::random_source {
 public:
  explicit recorded_random(std::uint64_t seed) : stream_(seed) {}

  void fill(core::byte_span bytes) noexcept override {
    if (!planned_.empty() && planned_.front().size() == bytes.size()) {
      std::ranges::copy(planned_.front(), bytes.begin());
      planned_.pop_front();
    } else {
      stream_.fill(bytes);
    }
    drawn_.emplace_back(bytes.begin(), bytes.end());
  }

  /// plan has the next draw of just this size give `bytes`.
  void plan(core::byte_buffer bytes) { planned_.push_back(std::move(bytes)); }
  [[nodiscard]] bool is_plan_used_up() const { return planned_.empty(); }
  [[nodiscard]] const std::vector<core::byte_buffer>& drawn() const { return drawn_; }

 private:
  core::test_random stream_;
  std::deque<core::byte_buffer> planned_;
  std::vector<core::byte_buffer> drawn_;
};

inline key_exchange_client_config client_config() {
  key_exchange_client_config config;
  config.keys = {server_public_key()};
  return config;
}

inline key_exchange_server_config server_config() {
  key_exchange_server_config config;
  config.keys.push_back(server_key());
  return config;
}

inline core::byte_buffer plain_packet(std::int64_t msg_id, core::byte_view body) {
  core::byte_buffer packet;
  encode_plain(msg_id, body, packet);
  return packet;
}

inline core::byte_view body_of(core::byte_view packet) {
  return packet.subspan(plain_header_size);
}

/// The object of a packet, whatever follows it, as a copy to be altered at will.
template <class T>
T object_of(core::byte_view packet) {
  std::size_t size = 0;
  const auto decoded = tl::decode_view<T>(body_of(packet), &size);
  if (!decoded) {
    ADD_FAILURE() << decoded.error().message();
    return {};
  }
  return **decoded;
}

/// The packet with another object in it.
template <class T>
core::byte_buffer with_object(core::byte_view packet, const T& object) {
  return plain_packet(core::load_le<std::int64_t>(packet.data() + 8), tl::encode(object));
}

/// A server with its keys and its randomness.
struct server_side {
  explicit server_side(std::uint64_t seed = 2, key_exchange_server_config config = server_config())
      : random(seed), machine(std::move(config), keys, random) {}

  /// Answers a packet that is expected to be answered by a packet.
  core::byte_buffer reply(core::byte_view packet, core::instant now) {
    key_exchange_reply answer = machine.handle_packet(packet, now);
    if (const auto* refused = std::get_if<key_exchange_refusal>(&answer)) {
      ADD_FAILURE() << "refused with " << refused->code << ": " << refused->why.message();
      return {};
    }
    return std::get<core::byte_buffer>(std::move(answer));
  }

  /// The code of a transport error that is expected, 0 if there was none.
  std::int32_t refusal(core::byte_view packet, core::instant now) {
    const key_exchange_reply answer = machine.handle_packet(packet, now);
    const auto* refused = std::get_if<key_exchange_refusal>(&answer);
    return refused == nullptr ? 0 : refused->code;
  }

  /// All events so far of one kind.
  template <class Event>
  std::vector<Event> events() {
    std::vector<Event> found;
    while (auto event = machine.poll_event())
      if (auto* wanted = std::get_if<Event>(&*event)) found.push_back(std::move(*wanted));
    return found;
  }

  auth_key_store keys;
  recorded_random random;
  key_exchange_server machine;
};

/// A client with its randomness.
struct client_side {
  explicit client_side(std::uint64_t seed = 1, key_exchange_client_config config = client_config())
      : random(seed), machine(std::move(config), random) {}

  /// The next query; nothing if there is none.
  core::byte_buffer query() {
    core::byte_buffer packet;
    if (!machine.poll_transmit(packet)) packet.clear();
    return packet;
  }

  /// new_nonce of the latest run, as the client drew it.
  [[nodiscard]] core::byte_buffer new_nonce() const {
    for (auto drawn = random.drawn().rbegin(); drawn != random.drawn().rend(); ++drawn)
      if (drawn->size() == 32 && last_is_new_nonce(drawn.base() - random.drawn().begin()))
        return *drawn;
    return {};
  }

  recorded_random random;
  key_exchange_client machine;

 private:
  /// temp_key of RSA_PAD has 32 bytes, too, but is drawn after the padding; new_nonce after the
  /// nonce.
  [[nodiscard]] bool last_is_new_nonce(std::ptrdiff_t end) const {
    return end >= 2 && random.drawn()[static_cast<std::size_t>(end - 2)].size() == 16;
  }
};

/// The filter of a line that is in order.
inline std::vector<core::byte_buffer> arrives(core::byte_buffer packet) {
  std::vector<core::byte_buffer> packets;
  packets.push_back(std::move(packet));
  return packets;
}

using exchange_outcome = core::result<key_exchange_result>;

/// Carries packets between a client and a server on a virtual clock.
class line {
 public:
  /// What arrives when a packet is sent: usually just that packet.
  using filter = std::function<std::vector<core::byte_buffer>(core::byte_buffer)>;

  line(client_side& client, server_side& server) : client_(client), server_(server) {}

  filter to_server = arrives;
  filter to_client = arrives;
  /// The client's clocks.
  core::instant now = noon();
  /// Server clock minus client clock.
  std::chrono::nanoseconds server_ahead{};
  std::vector<core::byte_buffer> queries;
  std::vector<core::byte_buffer> replies;
  std::vector<std::int32_t> errors;

  /// run starts the client and lets both talk until the client has its outcome.
  exchange_outcome run() {
    client_.machine.start(now);
    return resume();
  }

  exchange_outcome resume() {
    for (int turn = 0; turn < 1000 && !client_.machine.is_finished(); ++turn) {
      const core::byte_buffer query = client_.query();
      if (query.empty()) {
        wait();
        continue;
      }
      queries.push_back(query);
      for (const core::byte_buffer& arrived : to_server(query)) deliver(arrived);
    }
    auto outcome = client_.machine.poll_outcome();
    if (!outcome) {
      ADD_FAILURE() << "the client came to no end";
      return core::errc::internal;
    }
    return *std::move(outcome);
  }

 private:
  void wait() {
    const auto deadline = client_.machine.poll_deadline();
    if (!deadline) {
      ADD_FAILURE() << "the client waits for nothing";
      return;
    }
    now = core::later(now, std::max(*deadline - now.steady, std::chrono::nanoseconds{1}));
    client_.machine.handle_timeout(now);
  }

  void deliver(core::byte_view query) {
    const core::instant server_now{now.steady, now.wall + server_ahead};
    key_exchange_reply answer = server_.machine.handle_packet(query, server_now);
    if (const auto* refused = std::get_if<key_exchange_refusal>(&answer)) {
      errors.push_back(refused->code);
      client_.machine.handle_transport_error(refused->code, now);
      return;
    }
    auto& reply = std::get<core::byte_buffer>(answer);
    replies.push_back(reply);
    for (const core::byte_buffer& arrived : to_client(std::move(reply)))
      client_.machine.handle_packet(arrived, now);
  }

  client_side& client_;
  server_side& server_;
};

/// Whether both sides have the same key, and what comes with it.
inline void expect_agreement(const exchange_outcome& outcome, const server_side& server) {
  ASSERT_TRUE(outcome) << outcome.error().message();
  const stored_key* stored = server.keys.find(outcome->key.id());
  ASSERT_NE(stored, nullptr);
  EXPECT_EQ(stored->key, outcome->key);
  EXPECT_EQ(stored->first_salt, outcome->server_salt);
  EXPECT_EQ(stored->is_temporary(), outcome->expiry.has_value());
}

template <class Errc>
void expect_error(const exchange_outcome& outcome, Errc code) {
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, make_error_code(code)) << outcome.error().message();
}

}  // namespace corogram::mtproto::exchange_test
