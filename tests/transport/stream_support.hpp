#pragma once

// Connections for the tests of both streams: each framing, plain and under each obfuscation.

#include "support.hpp"

#include <corogram/transport/client_stream.hpp>
#include <corogram/transport/fake_tls_hello.hpp>
#include <corogram/transport/server_stream.hpp>
#include <corogram/transport/websocket_handshake.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace corogram::transport::test {

/// How a connection is hidden.
enum class cover { none, obfuscation, secret };

struct connection_kind {
  transport::framing framing;
  test::cover cover = cover::none;
  carrier_kind carrier = carrier_kind::tcp;
};

inline std::string name_of(connection_kind kind) {
  std::string name(to_string(kind.framing));
  if (kind.cover == cover::obfuscation) name += "_obfuscated";
  if (kind.cover == cover::secret) name += "_with_secret";
  if (kind.carrier == carrier_kind::websocket) name += "_over_websocket";
  if (kind.carrier == carrier_kind::fake_tls) name += "_over_fake_tls";
  return name;
}

/// Full framing under a secret is not among them: no proxy takes it, as it has no tag.
inline std::vector<connection_kind> connection_kinds_over(carrier_kind carrier) {
  std::vector<connection_kind> kinds;
  if (carrier == carrier_kind::fake_tls)
    return {{framing::padded_intermediate, cover::secret, carrier}};
  for (const framing each : all_framings)
    for (const cover under : {cover::none, cover::obfuscation, cover::secret}) {
      if (each == framing::full && under == cover::secret) continue;
      if (carrier == carrier_kind::websocket && under == cover::none) continue;
      kinds.push_back({each, under, carrier});
    }
  return kinds;
}

inline std::vector<connection_kind> all_connection_kinds() {
  std::vector<connection_kind> kinds;
  for (const carrier_kind carrier :
       {carrier_kind::tcp, carrier_kind::websocket, carrier_kind::fake_tls})
    for (const connection_kind each : connection_kinds_over(carrier)) kinds.push_back(each);
  return kinds;
}

/// The secrets that the server knows; the clients below use the second one or the third.
inline const secret_list& server_secrets() {
  static const secret_list secrets = [] {
    secret_list list;
    list.push_back(*proxy_secret::from_bytes(core::byte_buffer(16, core::byte{0x41})));
    list.push_back(*proxy_secret::from_bytes(core::byte_buffer(16, core::byte{0x42})));
    list.push_back(*proxy_secret::from_bytes(core::concat(
        bytes("ee"), core::byte_buffer(16, core::byte{0x43}), core::as_bytes("example.org"))));
    return list;
  }();
  return secrets;
}

inline std::size_t secret_index_of(connection_kind kind) {
  return kind.carrier == carrier_kind::fake_tls ? 2 : 1;
}

inline client_config client_config_of(connection_kind kind) {
  client_config config;
  if (kind.cover == cover::secret) config.use(server_secrets()[secret_index_of(kind)]);
  config.framing = kind.framing;
  config.carrier = kind.carrier;
  config.obfuscated = kind.cover == cover::obfuscation;
  config.dc_id = std::int16_t{2};
  return config;
}

/// A server that takes everything.
inline server_config server_config_of() {
  server_config config;
  config.secrets = std::shared_ptr<const secret_list>(std::shared_ptr<void>(), &server_secrets());
  config.hellos = std::make_shared<hello_memory>();
  config.http = true;
  config.websocket = true;
  return config;
}

/// A client and a server that one connection joins.
struct connection {
  explicit connection(connection_kind kind, std::uint64_t seed = 1)
      : connection(kind, client_config_of(kind), server_config_of(), seed) {}

  connection(connection_kind kind, const client_config& of_client, server_config of_server,
             std::uint64_t seed = 1)
      : random(seed), client(of_client, random), server(std::move(of_server), random) {
    if (kind.carrier == carrier_kind::websocket)
      handshake = std::make_unique<websocket_client_handshake>(http_target{"example.org", "/apiws"},
                                                               random);
    if (kind.carrier == carrier_kind::fake_tls)
      handshake = std::make_unique<fake_tls_client_handshake>(
          server_secrets()[secret_index_of(kind)], test_now, random);
  }

  /// begin appends what the client sends before its packets. It does not wait for an answer: the
  /// server must cope with that.
  void begin(core::byte_buffer& wire) {
    if (handshake) handshake->start(wire);
  }

  /// finish_handshake lets the client check the server's answer to what begin() said.
  void finish_handshake() {
    core::byte_buffer answer;
    server.poll_transmit(answer);
    if (!handshake) {
      EXPECT_TRUE(answer.empty());
      return;
    }
    core::byte_view received = answer;
    core::byte_buffer more;
    const auto outcome = handshake->receive(received, more);
    EXPECT_TRUE(outcome && *outcome);
    EXPECT_TRUE(received.empty());
    EXPECT_TRUE(more.empty());
  }

  core::test_random random;
  client_stream client;
  server_stream server;
  std::unique_ptr<client_handshake> handshake;
};

}  // namespace corogram::transport::test
