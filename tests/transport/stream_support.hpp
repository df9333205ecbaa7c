#pragma once

// Connections for the tests of both streams: each framing, plain and under each obfuscation.

#include "support.hpp"

#include <corogram/transport/client_stream.hpp>
#include <corogram/transport/server_stream.hpp>

#include <memory>
#include <string>
#include <vector>

namespace corogram::transport::test {

/// How a connection is hidden.
enum class cover { none, obfuscation, secret };

struct connection_kind {
  transport::framing framing;
  test::cover cover;
};

inline std::string name_of(connection_kind kind) {
  std::string name(to_string(kind.framing));
  if (kind.cover == cover::obfuscation) name += "_obfuscated";
  if (kind.cover == cover::secret) name += "_with_secret";
  return name;
}

/// Full framing under a secret is not among them: no proxy takes it, as it has no tag.
inline std::vector<connection_kind> all_connection_kinds() {
  std::vector<connection_kind> kinds;
  for (const framing each : all_framings)
    for (const cover under : {cover::none, cover::obfuscation, cover::secret})
      if (each != framing::full || under != cover::secret) kinds.push_back({each, under});
  return kinds;
}

inline core::secret_array<16> secret_of(core::byte fill) {
  std::array<core::byte, 16> raw;
  raw.fill(fill);
  return core::secret_array<16>(raw);
}

/// The secret that the clients below use. The server knows another one before it.
inline constexpr core::byte client_secret_fill = 0x42;

inline client_config client_config_of(connection_kind kind) {
  client_config config;
  config.framing = kind.framing;
  config.obfuscated = kind.cover == cover::obfuscation;
  config.dc_id = std::int16_t{2};
  if (kind.cover == cover::secret) config.secret = secret_of(client_secret_fill);
  return config;
}

inline server_config server_config_of() {
  static const auto secrets = [] {
    auto list = std::make_shared<secret_list>();
    list->push_back(secret_of(0x41));
    list->push_back(secret_of(client_secret_fill));
    return std::shared_ptr<const secret_list>(std::move(list));
  }();
  server_config config;
  config.secrets = secrets;
  return config;
}

/// A client and a server that one connection joins.
struct connection {
  explicit connection(connection_kind kind, std::uint64_t seed = 1)
      : random(seed), client(client_config_of(kind), random), server(server_config_of(), random) {}

  core::test_random random;
  client_stream client;
  server_stream server;
};

}  // namespace corogram::transport::test
