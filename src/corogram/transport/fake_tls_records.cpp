#include <corogram/core/endian.hpp>
#include <corogram/core/writer.hpp>
#include <corogram/transport/errc.hpp>
#include <corogram/transport/fake_tls_records.hpp>

#include <algorithm>

namespace corogram::transport {

namespace {

constexpr std::array<core::byte, 3> application_data{0x17, 0x03, 0x03};

core::error bad_record(std::string_view expected) {
  return {errc::bad_tls_record, core::error::no_offset, expected};
}

}  // namespace

void fake_tls_records::wrap(core::byte_view inner, core::byte_buffer& out) {
  //= PROXY-26
  if (side_ == role::client && !cipher_change_sent_) core::append(out, change_cipher_spec);
  cipher_change_sent_ = true;
  //= PROXY-30
  const std::size_t limit = side_ == role::client ? client_max_content : server_max_content;
  while (!inner.empty()) {
    const std::size_t size = std::min(inner.size(), limit);
    core::writer writer(out);
    writer.bytes(application_data).be(static_cast<std::uint16_t>(size)).bytes(inner.first(size));
    inner = inner.subspan(size);
  }
}

//= PROXY-27
core::result<void> fake_tls_records::unwrap(core::byte_view received, core::byte_buffer& inner) {
  while (!received.empty()) {
    if (content_left_ == 0) {
      header_[header_have_++] = received.front();
      received = received.subspan(1);
      COROGRAM_CHECK(begin_record());
      continue;
    }
    const std::size_t count = std::min(content_left_, received.size());
    core::append(inner, received.first(count));
    received = received.subspan(count);
    content_left_ -= count;
  }
  return {};
}

/// Judges the header after each of its bytes; a whole one is done with.
core::result<void> fake_tls_records::begin_record() {
  const core::byte_view have = core::byte_view(header_).first(header_have_);
  const auto is_beginning_of = [&](core::byte_view whole) {
    return core::equal(have, whole.first(std::min(have.size(), whole.size())));
  };
  if (side_ == role::server && cipher_change_allowed_ && is_beginning_of(change_cipher_spec)) {
    if (have.size() < change_cipher_spec.size()) return {};
    cipher_change_allowed_ = false;
    header_have_ = 0;
    return {};
  }
  if (!core::equal(have.first(std::min<std::size_t>(have.size(), 3)),
                   core::byte_view(application_data).first(std::min<std::size_t>(have.size(), 3))))
    return bad_record("a record of application data");
  if (have.size() < tls_header_size) return {};
  content_left_ = core::load_be<std::uint16_t>(have.data() + application_data.size());
  header_have_ = 0;
  cipher_change_allowed_ = false;
  if (content_left_ > tls_max_content) return bad_record("at most 16640 bytes of content");
  return {};
}

}  // namespace corogram::transport
