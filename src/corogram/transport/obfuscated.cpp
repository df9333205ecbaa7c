#include <corogram/core/endian.hpp>
#include <corogram/crypto/hash.hpp>
#include <corogram/transport/abridged.hpp>
#include <corogram/transport/intermediate.hpp>
#include <corogram/transport/obfuscated.hpp>
#include <corogram/transport/padded_intermediate.hpp>

#include <algorithm>
#include <string_view>

namespace corogram::transport {

namespace {

constexpr std::size_t key_offset = 8;
constexpr std::size_t iv_offset = 40;
constexpr std::size_t tag_offset = 56;
constexpr std::size_t dc_offset = 60;

using tag_bytes = std::array<core::byte, 4>;

//= TR-37
constexpr tag_bytes abridged_tag{abridged::tag[0], abridged::tag[0], abridged::tag[0],
                                 abridged::tag[0]};

std::optional<tag_bytes> tag_of(framing inner) noexcept {
  switch (inner) {
    case framing::abridged:
      return abridged_tag;
    case framing::intermediate:
      return intermediate::tag;
    case framing::padded_intermediate:
      return padded_intermediate::tag;
    case framing::full:
    case framing::http:
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<framing> framing_of(obfuscation_header_view block) noexcept {
  return detail::framing_tagged(detail::tag_number(block.subspan<tag_offset, 4>()));
}

crypto::ctr_stream make_stream(obfuscation_header_view block,
                               std::optional<proxy_key_view> secret) {
  //= TR-39
  core::secret_array<32> key(block.subspan<key_offset, 32>());
  //= PROXY-04
  if (secret) {
    crypto::sha256_digest mixed = crypto::sha256(key.view(), *secret);
    const core::wipe_on_exit wipe(mixed);
    key = core::secret_array<32>(mixed);
  }
  return crypto::ctr_stream(key.view(), block.subspan<iv_offset, 16>());
}

crypto::ctr_stream client_to_server(obfuscation_header_view block,
                                    std::optional<proxy_key_view> secret) {
  return make_stream(block, secret);
}

crypto::ctr_stream server_to_client(obfuscation_header_view block,
                                    std::optional<proxy_key_view> secret) {
  obfuscation_header reversed;
  std::ranges::reverse_copy(block, reversed.begin());
  return make_stream(reversed, secret);
}

}  // namespace

//= SEC-19
unsigned detail::tag_number(std::span<const core::byte, 4> tag) noexcept {
  return 1u * core::equal_constant_time(tag, abridged_tag) |
         2u * core::equal_constant_time(tag, intermediate::tag) |
         3u * core::equal_constant_time(tag, padded_intermediate::tag);
}

std::optional<framing> detail::framing_tagged(unsigned tag_number) noexcept {
  switch (tag_number) {
    case 1:
      return framing::abridged;
    case 2:
      return framing::intermediate;
    case 3:
      return framing::padded_intermediate;
    default:
      return std::nullopt;
  }
}

//= TR-40
//= TR-42
obfuscation::obfuscation(role side, obfuscation_header_view block,
                         std::optional<proxy_key_view> secret)
    : out_(side == role::client ? client_to_server(block, secret)
                                : server_to_client(block, secret)),
      in_(side == role::client ? server_to_client(block, secret)
                               : client_to_server(block, secret)) {}

//= TR-33
opened_obfuscation open_obfuscation(framing inner, std::optional<std::int16_t> dc_id,
                                    std::optional<proxy_key_view> secret,
                                    core::random_source& random) {
  const std::optional<tag_bytes> tag = tag_of(inner);
  obfuscation_header block;
  //= TR-44
  do {
    random.fill(block);
  } while (is_forbidden_start(block) || (!tag && framing_of(block)));
  if (tag) std::ranges::copy(*tag, block.begin() + tag_offset);
  //= TR-38
  if (dc_id) core::store_le(block.data() + dc_offset, *dc_id);

  //= TR-41
  obfuscation streams(role::client, block, secret);
  obfuscation_header encrypted = block;
  streams.encrypt(encrypted);
  std::copy(encrypted.begin() + tag_offset, encrypted.end(), block.begin() + tag_offset);
  return {std::move(streams), block};
}

//= TR-43
accepted_obfuscation accept_obfuscation(obfuscation_header_view header,
                                        std::optional<proxy_key_view> secret) {
  // The keys and IVs of both directions come from bytes 8..55, which are in clear.
  obfuscation streams(role::server, header, secret);
  obfuscation_header block;
  std::ranges::copy(header, block.begin());
  streams.decrypt(block);
  return {std::move(streams), framing_of(block),
          core::load_le<std::int16_t>(block.data() + dc_offset)};
}

bool is_forbidden_start(obfuscation_header_view block) noexcept {
  //= TR-34
  if (block[0] == abridged::tag[0]) return true;
  //= TR-35
  //= DIV-32
  constexpr std::string_view words[] = {
      "\xdd\xdd\xdd\xdd", "\xee\xee\xee\xee", "POST", "GET ", "HEAD", "OPTI", "\x16\x03\x01\x02",
  };
  for (const std::string_view word : words)
    if (core::equal(block.first<4>(), core::as_bytes(word))) return true;
  //= TR-36
  return core::load_le<std::uint32_t>(block.data() + 4) == 0;
}

}  // namespace corogram::transport
