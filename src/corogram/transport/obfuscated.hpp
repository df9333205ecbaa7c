#pragma once

// Obfuscation: two AES-CTR streams under any framing, opened by a header that looks like noise.
//
//   header, 64 bytes    0       8                        40              56     60     62   64
//                       +-------+------------------------+---------------+------+------+----+
//                       | noise | key, client to server  | IV            | tag  | DC   |    |
//                       +-------+------------------------+---------------+------+------+----+
//                                                                        \__ encrypted  ___/
//
// Key and IV from server to client are the same places of the header read backwards. The client's
// stream is 64 bytes on when its first frame follows; the server's begins at its first byte
// (TR-42).

#include <corogram/core/bytes.hpp>
#include <corogram/core/random.hpp>
#include <corogram/core/secret.hpp>
#include <corogram/crypto/ctr.hpp>
#include <corogram/transport/framing.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace corogram::transport {

inline constexpr std::size_t obfuscation_header_size = 64;
using obfuscation_header = std::array<core::byte, obfuscation_header_size>;
using obfuscation_header_view = std::span<const core::byte, obfuscation_header_size>;

/// The 16 bytes of an MTProxy secret that go into the keys.
using proxy_key_view = std::span<const core::byte, 16>;

/// Both key streams of one obfuscated connection.
class obfuscation {
 public:
  /// Pre: `block` is the header before bytes 56..63 were encrypted. The server's end reads what the
  /// client's end writes.
  obfuscation(role side, obfuscation_header_view block, std::optional<proxy_key_view> secret);

  /// encrypt turns the next bytes to send into their wire form.
  void encrypt(core::byte_span bytes) noexcept { out_.apply(bytes); }
  /// decrypt turns the next bytes received into what the peer meant.
  void decrypt(core::byte_span bytes) noexcept { in_.apply(bytes); }

 private:
  crypto::ctr_stream out_;
  crypto::ctr_stream in_;
};

/// A client's obfuscation before its first frame.
struct opened_obfuscation {
  obfuscation streams;
  /// What the connection begins with.
  obfuscation_header header;
};

/// open_obfuscation makes a client's header. Full has no tag: the header then holds none of the
/// others' tags (TR-44). Without a `dc_id` its place stays random.
opened_obfuscation open_obfuscation(framing inner, std::optional<std::int16_t> dc_id,
                                    std::optional<proxy_key_view> secret,
                                    core::random_source& random);

/// What a server reads from a header.
struct accepted_obfuscation {
  obfuscation streams;
  /// Nothing if the header holds no framing's tag: wrong secret, noise, or full framing.
  std::optional<framing> inner;
  std::int16_t dc_id;
};

/// accept_obfuscation reads a client's header on the assumption that it was made with `secret`.
accepted_obfuscation accept_obfuscation(obfuscation_header_view header,
                                        std::optional<proxy_key_view> secret);

/// is_forbidden_start returns whether a server would take `block` for the beginning of something
/// else, so that no obfuscated connection may begin with it.
bool is_forbidden_start(obfuscation_header_view block) noexcept;

/// A data centre as the header's bytes 60..61 name it.
struct dc_address {
  int id = 0;
  bool test = false;
  bool media = false;

  friend bool operator==(const dc_address&, const dc_address&) = default;
};

/// dc_field returns the number that names `dc`: its id, 10000 more for a test DC, negative for one
/// that serves media.
/// Pre: 0 < dc.id < 10000.
constexpr std::int16_t dc_field(dc_address dc) noexcept {
  //= TR-38
  const int number = dc.id + (dc.test ? 10000 : 0);
  return static_cast<std::int16_t>(dc.media ? -number : number);
}

/// dc_from_field is the inverse of dc_field. Whether such a DC exists is for the caller to know.
constexpr dc_address dc_from_field(std::int16_t field) noexcept {
  const bool media = field < 0;
  const int number = media ? -int{field} : int{field};
  const bool test = number >= 10000;
  return {test ? number - 10000 : number, test, media};
}

namespace detail {

/// tag_number numbers the tags: 0 is none. Under a proxy's secret nobody may learn from the time
/// how much of a tag he has hit, so no branch or index depends on the bytes.
[[nodiscard]] unsigned tag_number(std::span<const core::byte, 4> tag) noexcept;

/// framing_tagged returns the framing of a tag's number.
[[nodiscard]] std::optional<framing> framing_tagged(unsigned tag_number) noexcept;

}  // namespace detail

}  // namespace corogram::transport
