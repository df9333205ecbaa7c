#pragma once

// What a connection has to know before it begins.

#include <corogram/core/bytes.hpp>
#include <corogram/core/secret.hpp>
#include <corogram/crypto/rsa.hpp>
#include <corogram/mtproto/auth_key.hpp>
#include <corogram/rpc/backoff.hpp>
#include <corogram/rpc/init_connection.hpp>
#include <corogram/transport/framing.hpp>
#include <corogram/transport/proxy_secret.hpp>
#include <corogram/transport/socks5.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace corogram::rpc {

/// Where a data centre can be reached.
struct endpoint {
  endpoint(std::string host_, std::uint16_t port_) : host(std::move(host_)), port(port_) {}

  /// A name, or an IPv4 or IPv6 address.
  std::string host;
  std::uint16_t port;
  /// Speak to it obfuscated, whatever options::obfuscated says (DC-02).
  bool obfuscated = false;
  /// What goes into the obfuscation; none: nothing. Implies `obfuscated`. Not for fake TLS.
  std::shared_ptr<const transport::proxy_secret> secret;
};

/// A proxy that passes TCP connections on. Who it is told that we are: at most 255 bytes each.
struct outgoing_proxy {
  enum class protocol { socks5, http_connect };

  outgoing_proxy(protocol kind_, endpoint where_) : kind(kind_), where(std::move(where_)) {}

  protocol kind;
  endpoint where;
  std::optional<transport::proxy_user> user;
};

/// Whose certificates a client accepts.
struct tls_trust {
  tls_trust() = default;

  /// Certificates in PEM that are trusted besides those of the system; empty: none.
  std::string certificates_pem;
  /// Off: any certificate will do. What MTProto promises holds without it; who looks on can then
  /// pretend to be the server and sees the ciphertext, no more.
  bool verify = true;
};

/// An authorization key of an earlier run, with what is worth knowing about it.
struct stored_key {
  stored_key(mtproto::auth_key key_, std::int64_t server_salt_,
             std::chrono::nanoseconds server_time_offset_ = {})
      : key(std::move(key_)), server_salt(server_salt_), server_time_offset(server_time_offset_) {}

  mtproto::auth_key key;
  /// Any value will do: the server corrects a wrong one.
  std::int64_t server_salt;
  /// The server's clock minus ours.
  std::chrono::nanoseconds server_time_offset;
};

/// What to do once it is certain that the server does not know our key.
enum class unknown_key_policy {
  /// End with errc::auth_key_unknown. The key may be signed in, and it may be the address that is
  /// wrong: that is for the application to decide (DIV-37).
  report,
  /// Ask the server in a way that nobody else can answer: bind a temporary key to the key in doubt.
  /// If the server does so, go on with the key; if it refuses, make a new one and submit the
  /// requests under way again (what the server had begun with may be run twice). Without a public
  /// key, which it takes to make any key, this is as `report`.
  replace,
};

/// How a connection behaves. Units: nanoseconds where a duration is named.
struct options {
  options() = default;

  /// Addresses of one data centre, tried in turn. At least one.
  std::vector<endpoint> endpoints;
  /// The number of the data centre, without marks.
  std::int32_t dc_id = 2;
  bool test_mode = false;
  /// Serves files only: its number goes out negated (AK-12).
  bool media = false;
  /// The RSA keys of servers that are trusted. At least one, unless there is a stored key.
  std::vector<crypto::rsa_public_key> public_keys;

  transport::framing framing = transport::framing::intermediate;
  /// What the framing runs over: TCP or a WebSocket. Fake TLS is for an MTProxy's secret to choose.
  transport::carrier_kind carrier = transport::carrier_kind::tcp;
  /// Set: TLS around it all, for secure WebSocket and HTTPS.
  std::optional<tls_trust> tls;
  /// Of HTTP and WebSocket. Empty: the official one, see transport/web_address.hpp.
  std::string path;
  /// Set: every connection goes by way of this proxy, which looks up the names of hosts.
  std::optional<outgoing_proxy> proxy;
  /// Over WebSocket and under a secret it is on whatever this says.
  bool obfuscated = false;
  /// Random bytes behind a packet in padded intermediate, at most; see transport::client_config.
  std::size_t max_padding = transport::default_max_padding;
  /// Of an MTProxy, whose addresses are then in `endpoints`.
  std::optional<transport::proxy_secret> secret;

  /// Without one, a key is negotiated.
  std::optional<stored_key> key;
  unknown_key_policy on_unknown_key = unknown_key_policy::replace;
  /// So many connections in a row have to end with -404 before there is doubt about a permanent
  /// key. Temporary ones are replaced at once.
  std::uint32_t unknown_key_limit = 3;

  /// So many attempts in a row have to end with the same refusal, no key of ours or no such data
  /// centre, before it is believed: nobody signs it. At least one.
  std::uint32_t refusal_limit = 3;

  /// Never use the permanent key on the wire, but temporary keys that are bound to it (PFS). They
  /// are kept in memory only.
  bool forward_secrecy = false;
  /// How long a temporary key lives. Units: seconds.
  std::chrono::seconds temporary_key_lifetime = std::chrono::hours(24);
  /// How long before its end the next one is made; at most half of its life.
  std::chrono::nanoseconds renew_before = std::chrono::minutes(10);

  client_info client;
  /// Off: every call says that updates are not wanted because of it (INV-07).
  bool receives_updates = true;
  /// The layer that invokeWithLayer announces.
  std::int32_t layer = default_layer;

  /// For one TCP connection, resolving the name included.
  std::chrono::nanoseconds connect_timeout = std::chrono::seconds(10);
  /// From the TCP connection to the first thing that the session understands, key exchange
  /// included.
  std::chrono::nanoseconds handshake_timeout = std::chrono::seconds(20);
  /// For one request from submission to answer, over as many connections as it takes, unless the
  /// request has its own.
  std::chrono::nanoseconds request_timeout = std::chrono::seconds(60);

  backoff_options reconnect;
  /// After so many failed attempts in a row the last failure is final. 0: never.
  std::uint32_t max_attempts = 0;
  /// Longer waits that the server asks for are reported to the caller at once (ERR-16).
  std::chrono::nanoseconds max_flood_wait = std::chrono::seconds(10);
  /// How often a request is repeated after a failure inside the server (ERR-17).
  std::uint32_t max_server_failures = 3;
  backoff_options server_failure_pause;

  /// Requests without an answer that are held at once.
  std::size_t max_requests = 1024;
  /// Updates that wait to be received, and their size in bytes. When there are more, all of them
  /// are dropped and a gap is told.
  std::size_t max_updates = 1024;
  std::size_t max_update_bytes = std::size_t{16} << 20;
};

/// How one request behaves.
struct request_options {
  request_options() = default;

  /// Units: nanoseconds. Instead of options::request_timeout.
  std::optional<std::chrono::nanoseconds> timeout;
  /// Repeat the request as the server asks for it (FLOOD_WAIT_X, failures inside the server).
  /// Off: every RPC error is reported at once.
  bool repeat = true;
  /// Wrap the request in invokeWithLayer and initConnection while the server may not know us. Off
  /// for the few calls that have to come bare.
  bool wrap = true;
  /// Ask for a quick ack, where the framing has them.
  bool quick_ack = false;
  /// Pack the request if that makes it shorter. Off for media (INV-16).
  bool compress = true;
  /// Orders that the request takes its place in; the numbers mean what the caller likes. Of the
  /// requests of one order, the server begins each when those submitted before it have succeeded
  /// (INV-09). One that fails for good does not hold up those after it.
  std::vector<std::uint64_t> orders;
};

}  // namespace corogram::rpc
