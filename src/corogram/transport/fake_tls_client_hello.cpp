#include <corogram/core/endian.hpp>
#include <corogram/core/writer.hpp>
#include <corogram/crypto/hmac.hpp>
#include <corogram/transport/fake_tls_hello.hpp>

#include <algorithm>
#include <cassert>

namespace corogram::transport {

namespace {

/// Units: bytes. Record header and content, filled up by the padding extension.
constexpr std::size_t hello_size = 517;
constexpr std::size_t random_offset = 11;
constexpr std::size_t random_size = 32;

/// The extensions of TLS by their numbers at IANA.
namespace extension {
constexpr std::uint16_t server_name = 0;
constexpr std::uint16_t status_request = 5;
constexpr std::uint16_t supported_groups = 10;
constexpr std::uint16_t ec_point_formats = 11;
constexpr std::uint16_t signature_algorithms = 13;
constexpr std::uint16_t application_protocols = 16;
constexpr std::uint16_t signed_certificate_timestamp = 18;
constexpr std::uint16_t padding = 21;
constexpr std::uint16_t extended_master_secret = 23;
constexpr std::uint16_t session_ticket = 35;
constexpr std::uint16_t supported_versions = 43;
constexpr std::uint16_t psk_key_exchange_modes = 45;
constexpr std::uint16_t key_share = 51;
constexpr std::uint16_t renegotiation_info = 0xff01;
}  // namespace extension

constexpr std::uint16_t group_x25519 = 0x001d;

/// Writes a length field before what comes while it lives.
template <class Length>
class length_of {
 public:
  explicit length_of(core::byte_buffer& out) : out_(out), begin_(out.size() + sizeof(Length)) {
    core::writer(out).be(Length{0});
  }
  length_of(const length_of&) = delete;
  length_of& operator=(const length_of&) = delete;
  ~length_of() {
    core::store_be(out_.data() + begin_ - sizeof(Length),
                   static_cast<Length>(out_.size() - begin_));
  }

 private:
  core::byte_buffer& out_;
  std::size_t begin_;
};

/// A value that means nothing, sent so that servers learn to skip such (RFC 8701).
std::uint16_t grease(core::random_source& random) {
  const auto half = static_cast<std::uint16_t>((random.integer<core::byte>() & 0xf0) | 0x0a);
  return static_cast<std::uint16_t>(half << 8 | half);
}

void append_numbers(core::byte_buffer& out, std::initializer_list<std::uint16_t> numbers) {
  for (const std::uint16_t each : numbers) core::writer(out).be(each);
}

/// Appends an extension whose content `write` appends.
template <class Write>
void append_extension(core::byte_buffer& out, std::uint16_t number, Write write) {
  core::writer(out).be(number);
  const length_of<std::uint16_t> length(out);
  write();
}

void append_extensions(core::byte_buffer& out, std::string_view domain,
                       core::random_source& random) {
  const length_of<std::uint16_t> all(out);
  const auto nothing = [] {};
  const std::uint16_t first_grease = grease(random);
  append_extension(out, first_grease, nothing);
  //= PROXY-12
  append_extension(out, extension::server_name, [&] {
    const length_of<std::uint16_t> list(out);
    constexpr core::byte host_name = 0;
    core::writer(out).le(host_name);
    const length_of<std::uint16_t> name(out);
    core::append(out, core::as_bytes(domain));
  });
  append_extension(out, extension::extended_master_secret, nothing);
  append_extension(out, extension::renegotiation_info, [&] { out.push_back(0); });
  const std::uint16_t group_grease = grease(random);
  append_extension(out, extension::supported_groups, [&] {
    const length_of<std::uint16_t> list(out);
    append_numbers(out, {group_grease, group_x25519, 0x0017, 0x0018});
  });
  append_extension(out, extension::ec_point_formats, [&] { append_numbers(out, {0x0100}); });
  append_extension(out, extension::session_ticket, nothing);
  append_extension(out, extension::application_protocols, [&] {
    const length_of<std::uint16_t> list(out);
    for (const std::string_view name : {"h2", "http/1.1"}) {
      const length_of<core::byte> length(out);
      core::append(out, core::as_bytes(name));
    }
  });
  append_extension(out, extension::status_request,
                   [&] { core::append(out, std::array<core::byte, 5>{0x01, 0, 0, 0, 0}); });
  append_extension(out, extension::signature_algorithms, [&] {
    const length_of<std::uint16_t> list(out);
    append_numbers(out, {0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601});
  });
  append_extension(out, extension::signed_certificate_timestamp, nothing);
  append_extension(out, extension::key_share, [&] {
    const length_of<std::uint16_t> list(out);
    append_numbers(out, {group_grease, 1});
    out.push_back(0);
    append_numbers(out, {group_x25519, 32});
    random.fill(core::writer(out).extend(32));
  });
  append_extension(out, extension::psk_key_exchange_modes, [&] { append_numbers(out, {0x0101}); });
  append_extension(out, extension::supported_versions, [&] {
    const length_of<core::byte> list(out);
    append_numbers(out, {grease(random), 0x0304, 0x0303});
  });
  // Two extensions with one number are not allowed.
  std::uint16_t last_grease = grease(random);
  if (last_grease == first_grease) last_grease ^= 0x1010;
  append_extension(out, last_grease, [&] { out.push_back(0); });

  constexpr std::size_t extension_header = 4;
  if (out.size() + extension_header <= hello_size)
    append_extension(out, extension::padding, [&] { out.resize(hello_size); });
}

}  // namespace

core::byte_buffer make_client_hello(const proxy_secret& secret, core::instant now,
                                    core::random_source& random) {
  assert(secret.type() == proxy_secret::kind::fake_tls);
  core::byte_buffer hello;
  //= PROXY-15
  core::append(hello, std::array<core::byte, 3>{0x16, 0x03, 0x01});
  {
    const length_of<std::uint16_t> record(hello);
    core::append(hello, std::array<core::byte, 2>{0x01, 0x00});
    const length_of<std::uint16_t> message(hello);
    core::append(hello, std::array<core::byte, 2>{0x03, 0x03});
    core::writer(hello).extend(random_size);
    {
      const length_of<core::byte> session(hello);
      random.fill(core::writer(hello).extend(32));
    }
    {
      //= PROXY-16
      const length_of<std::uint16_t> suites(hello);
      append_numbers(hello, {grease(random), 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030,
                             0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035});
    }
    constexpr core::byte no_compression = 0;
    {
      const length_of<core::byte> methods(hello);
      hello.push_back(no_compression);
    }
    append_extensions(hello, secret.domain(), random);
  }
  //= PROXY-17
  crypto::sha256_digest digest = crypto::hmac_sha256(secret.key(), hello);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.wall).count();
  core::byte* const time = digest.data() + digest.size() - sizeof(std::uint32_t);
  core::store_le(time, core::load_le<std::uint32_t>(time) ^ static_cast<std::uint32_t>(seconds));
  std::ranges::copy(digest, hello.begin() + random_offset);
  return hello;
}

}  // namespace corogram::transport
