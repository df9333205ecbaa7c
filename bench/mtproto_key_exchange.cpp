// A whole key exchange, client and server apart: each side is timed with the packets of the other
// one played back, so that what is measured is its processor time alone. Rows are named after how
// g^a and g^b are computed: "table", or "openssl" if that is forced (COROGRAM_KERNEL=openssl).

#include "support/suite.hpp"

#include <corogram/core/random.hpp>
#include <corogram/crypto/dh_kernel.hpp>
#include <corogram/crypto/rsa.hpp>
#include <corogram/mtproto/auth_key_store.hpp>
#include <corogram/mtproto/key_exchange_client.hpp>
#include <corogram/mtproto/key_exchange_server.hpp>
#include <corogram/mtproto/plain_message.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

namespace corogram::bench {

namespace {

using core::byte_buffer;

constexpr std::uint64_t client_seed = 1, server_seed = 2;

// 2026-01-01 12:00 UTC.
core::instant noon() {
  return {std::chrono::seconds(1000), std::chrono::seconds(1767268800)};
}

/// What went over the line; and the key, by its number.
struct recording {
  std::vector<byte_buffer> from_client, from_server;
  std::int64_t auth_key_id = 0;
};

struct client {
  explicit client(const crypto::rsa_public_key& key) : machine(config(key), random) {
    machine.start(noon());
  }

  static mtproto::key_exchange_client_config config(const crypto::rsa_public_key& key) {
    mtproto::key_exchange_client_config made;
    made.keys = {key};
    return made;
  }

  // The number of the key that was agreed on.
  std::int64_t key_id() {
    const auto outcome = machine.poll_outcome();
    if (!outcome || !*outcome) throw unequal("the exchange failed");
    return (*outcome)->key.id();
  }

  core::test_random random{client_seed};
  mtproto::key_exchange_client machine;
};

/// A server that can take up the same exchange again and again.
struct server {
  server() : machine(config(), keys, random) {}

  mtproto::key_exchange_server_config config() {
    mtproto::key_exchange_server_config made;
    made.keys.push_back(crypto::rsa_private_key::generate());
    public_key = made.keys.front().public_key();
    return made;
  }

  byte_buffer answer(const byte_buffer& query) {
    auto reply = machine.handle_packet(query, noon());
    if (!std::holds_alternative<byte_buffer>(reply)) throw unequal("the server refused");
    return std::get<byte_buffer>(std::move(reply));
  }

  // What it has answered so far it would only repeat.
  void forget(std::int64_t auth_key_id) {
    random = core::test_random(server_seed);
    keys.erase(auth_key_id);
    machine.handle_timeout({noon().steady + std::chrono::hours(1), noon().wall});
  }

  core::test_random random{server_seed};
  mtproto::auth_key_store keys;
  std::optional<crypto::rsa_public_key> public_key;
  mtproto::key_exchange_server machine;
};

recording record(server& other) {
  recording made;
  client own(*other.public_key);
  byte_buffer query;
  while (own.machine.poll_transmit(query)) {
    made.from_client.push_back(query);
    made.from_server.push_back(other.answer(query));
    own.machine.handle_packet(made.from_server.back(), noon());
  }
  made.auth_key_id = own.key_id();
  if (other.keys.find(made.auth_key_id) == nullptr) throw unequal("the sides have different keys");
  other.forget(made.auth_key_id);
  return made;
}

// Without its header, in which the server has a message id that it never uses twice.
byte_buffer body_of(const byte_buffer& packet) {
  return {packet.begin() + mtproto::plain_header_size, packet.end()};
}

// These throw if a packet differs from the recorded one.

void run_client(const recording& line, const crypto::rsa_public_key& key) {
  client own(key);
  byte_buffer query;
  for (std::size_t i = 0; own.machine.poll_transmit(query); ++i) {
    if (query != line.from_client.at(i)) throw unequal("the client sends something else");
    own.machine.handle_packet(line.from_server[i], noon());
  }
  if (own.key_id() != line.auth_key_id) throw unequal("the client has another key");
}

void run_server(const recording& line, server& own) {
  for (std::size_t i = 0; i < line.from_client.size(); ++i)
    if (!core::equal(body_of(own.answer(line.from_client[i])), body_of(line.from_server[i])))
      throw unequal("the server sends something else");
  if (own.keys.find(line.auth_key_id) == nullptr) throw unequal("the server has another key");
  own.forget(line.auth_key_id);
}

}  // namespace

void mtproto_key_exchange(suite& rows) {
  const char* const way = crypto::dh_kernel_in_use().name == "openssl" ? "openssl" : "table";
  // Recorded often enough for the table to be made.
  const auto rehearse = [](server& other) {
    recording line;
    for (int i = 0; i < 3; ++i) line = record(other);
    return line;
  };
  rows.add(join("key_exchange", "client", way), {}, [rehearse] {
    server other;
    const recording line = rehearse(other);
    return [line, key = *other.public_key] { run_client(line, key); };
  });
  rows.add(join("key_exchange", "server", way), {}, [rehearse] {
    const auto own = std::make_shared<server>();
    const recording line = rehearse(*own);
    return [line, own] { run_server(line, *own); };
  });
}

}  // namespace corogram::bench
