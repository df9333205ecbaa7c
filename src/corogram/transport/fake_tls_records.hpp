#pragma once

// TLS application records as a carrier: after the fake TLS hellos, their contents, one after the
// other, are one byte stream; where the records begin and end carries no meaning (PROXY-27).
//
//   14 03 03 00 01 01                once, from the client, before its first data
//   17 03 03 n n  content of n bytes   as often as needed

#include <corogram/core/bytes.hpp>
#include <corogram/core/result.hpp>
#include <corogram/transport/framing.hpp>

#include <array>
#include <cstddef>

namespace corogram::transport {

/// The change_cipher_spec record, which does nothing in TLS 1.3.
inline constexpr std::array<core::byte, 6> change_cipher_spec{0x14, 0x03, 0x03, 0x00, 0x01, 0x01};

inline constexpr std::size_t tls_header_size = 5;
/// Units: bytes. The longest content that TLS allows, with what encryption adds.
inline constexpr std::size_t tls_max_content = 16384 + 256;

/// Both directions of a connection after the hellos. Holds no content.
class fake_tls_records {
 public:
  /// Units: bytes. What a client puts into a record at most (PROXY-30).
  static constexpr std::size_t client_max_content = 2878;
  /// Units: bytes. What a server puts into a record at most.
  static constexpr std::size_t server_max_content = 16384;

  /// `side` is the end that uses this.
  explicit fake_tls_records(role side) noexcept : side_(side) {}

  /// wrap appends `inner` in records.
  void wrap(core::byte_view inner, core::byte_buffer& out);

  /// unwrap takes received bytes, in pieces of any size, and appends their content to `inner`.
  /// Errors: errc::bad_tls_record. It is final; what came before is in `inner`.
  core::result<void> unwrap(core::byte_view received, core::byte_buffer& inner);

 private:
  core::result<void> begin_record();

  role side_;
  bool cipher_change_sent_ = false;
  bool cipher_change_allowed_ = true;
  std::array<core::byte, change_cipher_spec.size()> header_{};
  std::size_t header_have_ = 0;
  std::size_t content_left_ = 0;
};

}  // namespace corogram::transport
