// Obfuscation headers: any 64 bytes as a server reads them, and headers as clients make them of any
// randomness. What one end encrypts the other decrypts, by OpenSSL too.

#include "support/alter.hpp"

#include <corogram/transport/obfuscated.hpp>

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <optional>

namespace corogram::fuzz {

namespace {

using namespace transport;

// Randomness of the input's: a repeated pattern, so that a header may take several draws.
class given_random final : public core::random_source {
 public:
  explicit given_random(core::byte_view pattern) : pattern_(pattern), rest_(1) {}
  void fill(core::byte_span bytes) noexcept override {
    // The first draws are the input's; then come others, since it may forbid itself for ever.
    rest_.fill(bytes);
    if (draws_++ > 0) return;
    std::copy_n(pattern_.begin(), std::min(pattern_.size(), bytes.size()), bytes.begin());
  }

 private:
  core::byte_view pattern_;
  core::test_random rest_;
  int draws_ = 0;
};

// What the client's key stream makes of `bytes` after its header, by OpenSSL.
core::byte_buffer by_openssl(obfuscation_header_view block, core::byte_view bytes) {
  EVP_CIPHER_CTX* const context = EVP_CIPHER_CTX_new();
  EVP_EncryptInit_ex(context, EVP_aes_256_ctr(), nullptr, block.data() + 8, block.data() + 40);
  core::byte_buffer out(obfuscation_header_size + bytes.size());
  int size = 0;
  EVP_EncryptUpdate(context, out.data(), &size, block.data(), obfuscation_header_size);
  EVP_EncryptUpdate(context, out.data() + obfuscation_header_size, &size, bytes.data(),
                    static_cast<int>(bytes.size()));
  EVP_CIPHER_CTX_free(context);
  out.erase(out.begin(), out.begin() + obfuscation_header_size);
  return out;
}

}  // namespace

void run(core::byte_view input) noexcept {
  choices from(input);
  constexpr std::array<framing, 4> framings{framing::abridged, framing::intermediate,
                                            framing::padded_intermediate, framing::full};
  const framing inner = framings[from.below(framings.size())];
  const auto dc = static_cast<std::int16_t>(word(from));
  std::array<core::byte, 16> key{};
  std::ranges::copy(from.take(16), key.begin());
  const bool with_secret = from.flag();
  const std::optional<proxy_key_view> secret =
      with_secret ? std::optional<proxy_key_view>(key) : std::nullopt;

  given_random random(from.rest());
  opened_obfuscation client = open_obfuscation(inner, dc, secret, random);
  require(!is_forbidden_start(client.header), "a client's header begins like nothing else");
  accepted_obfuscation server = accept_obfuscation(client.header, secret);
  if (inner == framing::full)
    require(!server.inner, "full framing has no tag");
  else
    require(server.inner == inner && server.dc_id == dc, "a header says what was put in");
  const core::byte_buffer plain(from.rest().begin(), from.rest().end());
  core::byte_buffer wire = plain;
  client.streams.encrypt(wire);
  if (!with_secret) {
    // The header before its last bytes were encrypted: only those take no part in the keys.
    require(wire == by_openssl(client.header, plain), "the key stream is OpenSSL's");
  }
  server.streams.decrypt(wire);
  require(wire == plain, "the server reads what the client writes");
  server.streams.encrypt(wire);
  client.streams.decrypt(wire);
  require(wire == plain, "and the client what the server writes");

  if (from.rest().size() < obfuscation_header_size) return;
  const auto header = from.rest().first<obfuscation_header_size>();
  const accepted_obfuscation any = accept_obfuscation(header, secret);
  const dc_address address = dc_from_field(any.dc_id);
  if (address.id > 0 && address.id < 10000)
    require(dc_field(address) == any.dc_id, "a data centre's number is a number of one");
}

}  // namespace corogram::fuzz
