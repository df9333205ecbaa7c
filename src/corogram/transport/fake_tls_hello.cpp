#include <corogram/core/endian.hpp>
#include <corogram/core/writer.hpp>
#include <corogram/crypto/hmac.hpp>
#include <corogram/transport/errc.hpp>
#include <corogram/transport/fake_tls_hello.hpp>
#include <corogram/transport/fake_tls_records.hpp>

#include <algorithm>

namespace corogram::transport {

namespace {

constexpr std::size_t random_offset = 11;
constexpr std::size_t session_offset = 44;
constexpr std::size_t suites_offset = 76;
/// The bytes of a digest that are compared; the time hides in the rest.
constexpr std::size_t compared_size = 28;
constexpr tls_random no_random{};

core::error foreign(std::size_t offset, std::string_view expected) {
  return {errc::foreign_tls_hello, offset, expected};
}

core::error bad_record(std::size_t offset, std::string_view expected) {
  return {errc::bad_tls_record, offset, expected};
}

bool begins_with(core::byte_view bytes, std::initializer_list<core::byte> beginning) {
  return bytes.size() >= beginning.size() &&
         std::equal(beginning.begin(), beginning.end(), bytes.begin());
}

/// The digest of records whose random, zeroed, stands at its place; `before` is hashed first.
tls_random digest_of(core::byte_view key, core::byte_view before, core::byte_view records) {
  return crypto::hmac_sha256(key, before, records.first(random_offset), no_random,
                             records.subspan(random_offset + no_random.size()));
}

/// The second byte of the first suite of TLS 1.3 in a list, if that is its first that means
/// anything.
std::optional<core::byte> best_suite(core::byte_view hello) {
  constexpr core::byte tls13 = 0x13;
  core::byte_view rest = hello.subspan(suites_offset);
  if (rest.size() < 2) return std::nullopt;
  const std::size_t size = core::load_be<std::uint16_t>(rest.data());
  rest = rest.subspan(2);
  if (size > rest.size()) return std::nullopt;
  for (std::size_t i = 0; i + 1 < size; i += 2) {
    const core::byte first = rest[i];
    const core::byte second = rest[i + 1];
    // A value that means nothing, sent so that servers learn to skip it (RFC 8701).
    if (first == second && (first & 0x0f) == 0x0a) continue;
    if (first != tls13 || second < 1 || second > 3) return std::nullopt;
    return second;
  }
  return std::nullopt;
}

}  // namespace

bool hello_memory::remember(const tls_random& random, core::instant now) {
  while (!by_age_.empty() &&
         (by_age_.size() >= max_count || by_age_.front().first + span < now.steady)) {
    known_.erase(by_age_.front().second);
    by_age_.pop_front();
  }
  key begin;
  std::copy_n(random.begin(), begin.size(), begin.begin());
  if (!known_.insert(begin).second) return false;
  by_age_.emplace_back(now.steady, begin);
  return true;
}

core::result<std::optional<accepted_hello>> accept_hello(core::byte_view input,
                                                         const secret_list& secrets,
                                                         core::instant now, hello_memory& memory) {
  if (input.size() < tls_header_size) return std::optional<accepted_hello>();
  const std::size_t size = tls_header_size + core::load_be<std::uint16_t>(input.data() + 3);
  if (size < suites_offset || size > tls_header_size + tls_max_content)
    return foreign(3, "the length of a ClientHello");
  if (input.size() < size) return std::optional<accepted_hello>();
  const core::byte_view record = input.first(size);

  //= PROXY-15
  constexpr core::byte session_size = 32;
  if (!begins_with(record, {0x16, 0x03, 0x01}) || record[5] != 0x01 ||
      !begins_with(record.subspan(9), {0x03, 0x03}) || record[session_offset - 1] != session_size)
    return foreign(0, "a ClientHello with a session id of 32 bytes");
  //= PROXY-16
  const auto suite = best_suite(record);
  if (!suite) return foreign(suites_offset, "a cipher suite of TLS 1.3");

  const core::byte_view random = record.subspan(random_offset, no_random.size());
  for (std::size_t i = 0; i < secrets.size(); ++i) {
    if (secrets[i].type() != proxy_secret::kind::fake_tls) continue;
    //= PROXY-18
    const detail::hello_proof proof = detail::check_hello_digest(secrets[i].key(), record);
    if (!proof.authentic) continue;
    //= PROXY-19
    const std::chrono::seconds sent{proof.sent};
    if (sent > now.wall + hello_max_ahead || sent + hello_max_age < now.wall)
      return foreign(random_offset, "a hello of now");
    accepted_hello hello{size, i, {}, {}, *suite};
    std::ranges::copy(random, hello.client_random.begin());
    std::ranges::copy(record.subspan(session_offset, session_size), hello.session_id.begin());
    //= PROXY-20
    if (!memory.remember(hello.client_random, now))
      return foreign(random_offset, "a hello that was not seen before");
    return std::optional(hello);
  }
  return foreign(random_offset, "a hello made with a known secret");
}

//= PROXY-18
//= SEC-19
detail::hello_proof detail::check_hello_digest(std::span<const core::byte, 16> key,
                                               core::byte_view record) noexcept {
  const core::byte_view random = record.subspan(random_offset, no_random.size());
  const tls_random digest = digest_of(key, {}, record);
  return {core::equal_constant_time(core::byte_view(digest).first(compared_size),
                                    random.first(compared_size)),
          core::load_le<std::uint32_t>(digest.data() + compared_size) ^
              core::load_le<std::uint32_t>(random.data() + compared_size)};
}

void write_server_hello(const accepted_hello& hello, std::span<const core::byte, 16> key,
                        core::random_source& random, core::byte_buffer& out) {
  // The length of an encrypted certificate, more or less.
  constexpr std::uint16_t min_noise = 1024;
  constexpr std::uint16_t noise_range = 3072;
  const std::size_t begin = out.size();
  core::writer writer(out);
  //= PROXY-22
  writer.bytes(std::array<core::byte, random_offset>{0x16, 0x03, 0x03, 0x00, 0x7a, 0x02, 0x00, 0x00,
                                                     0x76, 0x03, 0x03});
  writer.bytes(no_random).le(core::byte{0x20}).bytes(hello.session_id);
  writer.bytes(std::array<core::byte, 5>{0x13, hello.cipher_suite, 0x00, 0x00, 0x2e});
  writer.bytes(std::array<core::byte, 8>{0x00, 0x33, 0x00, 0x24, 0x00, 0x1d, 0x00, 0x20});
  random.fill(writer.extend(32));
  writer.bytes(std::array<core::byte, 6>{0x00, 0x2b, 0x00, 0x02, 0x03, 0x04});
  //= PROXY-23
  writer.bytes(change_cipher_spec).bytes(std::array<core::byte, 3>{0x17, 0x03, 0x03});
  const auto noise =
      static_cast<std::uint16_t>(min_noise + random.integer<std::uint16_t>() % noise_range);
  writer.be(noise);
  random.fill(writer.extend(noise));
  //= PROXY-24
  const tls_random digest =
      digest_of(key, hello.client_random, core::byte_view(out).subspan(begin));
  std::ranges::copy(digest, core::byte_span(out).subspan(begin + random_offset).begin());
}

//= PROXY-24
bool check_server_digest(std::span<const core::byte, 16> key,
                         std::span<const core::byte, 32> client_random, core::byte_view answer) {
  const tls_random digest = digest_of(key, client_random, answer);
  return core::equal_constant_time(digest, answer.subspan(random_offset, digest.size()));
}

fake_tls_client_handshake::fake_tls_client_handshake(const proxy_secret& secret, core::instant now,
                                                     core::random_source& random)
    : key_(secret.key()), hello_(make_client_hello(secret, now, random)) {}

void fake_tls_client_handshake::start(core::byte_buffer& out) {
  core::append(out, hello_);
}

//= PROXY-25
core::result<bool> fake_tls_client_handshake::receive(core::byte_view& received,
                                                      core::byte_buffer&) {
  constexpr int record_count = 3;
  constexpr core::byte types[record_count] = {0x16, 0x14, 0x17};
  constexpr std::size_t min_server_hello = random_offset + no_random.size();
  while (records_ < record_count) {
    if (!take_up_to(record_begin_ + tls_header_size, received, answer_)) return false;
    const core::byte_view header = core::byte_view(answer_).subspan(record_begin_);
    const std::size_t content = core::load_be<std::uint16_t>(header.data() + 3);
    if (!begins_with(header, {types[records_], 0x03, 0x03}))
      return bad_record(record_begin_, "ServerHello, change_cipher_spec, application data");
    if (content > tls_max_content || (records_ == 0 && content < min_server_hello) ||
        (records_ == 1 && content != 1))
      return bad_record(record_begin_ + 3, "the length of such a record");
    const std::size_t end = record_begin_ + tls_header_size + content;
    if (!take_up_to(end, received, answer_)) return false;
    record_begin_ = end;
    ++records_;
  }
  const auto client_random = core::byte_view(hello_).subspan<random_offset, 32>();
  if (!check_server_digest(key_.view(), client_random, answer_))
    return core::error(errc::bad_tls_digest, random_offset, "the digest under our secret");
  return true;
}

}  // namespace corogram::transport
