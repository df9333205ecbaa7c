#pragma once

// The head of an HTTP/1.1 message (RFC 9112), as far as MTProto's uses of HTTP need it.

#include <corogram/core/bytes.hpp>
#include <corogram/core/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace corogram::transport {

/// The start line and the fields of one message. Lifetime: the input must outlive it.
class http_head {
 public:
  /// Units: bytes. A longer head is refused before it ends.
  static constexpr std::size_t max_size = 8192;

  /// parse looks for a head at the beginning of `input`; nothing when it does not end yet.
  /// Errors: errc::bad_http.
  static core::result<std::optional<http_head>> parse(core::byte_view input);

  /// size returns the bytes up to the body, with the empty line.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  /// method and target of a request; empty in a response.
  [[nodiscard]] std::string_view method() const noexcept { return method_; }
  [[nodiscard]] std::string_view target() const noexcept { return target_; }
  /// status of a response; 0 in a request.
  [[nodiscard]] int status() const noexcept { return status_; }

  /// field returns the value of the first field with that name, whatever the case of its letters.
  [[nodiscard]] std::optional<std::string_view> field(std::string_view name) const noexcept;

  /// has_token tells whether one of the fields of that name lists `token`, whatever the case.
  [[nodiscard]] bool has_token(std::string_view name, std::string_view token) const noexcept;

  /// content_length returns the length of the body; nothing if the head does not tell.
  /// Errors: errc::bad_http for a length that is no number, or a body in chunks.
  [[nodiscard]] core::result<std::optional<std::uint64_t>> content_length() const;

 private:
  http_head() = default;
  core::result<void> parse_start_line(std::string_view line);

  std::size_t size_ = 0;
  std::string_view method_;
  std::string_view target_;
  int status_ = 0;
  std::vector<std::pair<std::string_view, std::string_view>> fields_;
};

/// collect_http_head moves bytes from the front of `received` to the end of `collected` until that
/// is a whole head, which it returns; what is behind the head stays. Errors: errc::bad_http.
/// Lifetime: the head is one of `collected`.
core::result<std::optional<http_head>> collect_http_head(core::byte_view& received,
                                                         core::byte_buffer& collected);

/// http_reason returns the phrase that goes with `status`.
std::string_view http_reason(int status) noexcept;

/// is_api_path returns whether `target` is a path under which Telegram serves MTProto: /api, with
/// letters for variants behind it (w, s) and perhaps a suffix like _test (WS-11, WS-14).
bool is_api_path(std::string_view target) noexcept;

}  // namespace corogram::transport
