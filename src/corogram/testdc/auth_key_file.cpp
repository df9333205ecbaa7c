#include <corogram/core/hex.hpp>
#include <corogram/core/secret.hpp>
#include <corogram/testdc/auth_key_file.hpp>
#include <corogram/testdc/errc.hpp>

#include <charconv>
#include <concepts>

namespace corogram::testdc {
namespace {

constexpr std::size_t key_size = 256;
constexpr std::string_view blanks = " \t\r";

/// Takes the next word off the front of `line`; empty when there is none.
std::string_view next_word(std::string_view& line) {
  const std::size_t begin = std::min(line.find_first_not_of(blanks), line.size());
  const std::size_t end = std::min(line.find_first_of(blanks, begin), line.size());
  const std::string_view word = line.substr(begin, end - begin);
  line.remove_prefix(end);
  return word;
}

core::error malformed(std::string_view line, std::string_view word, std::string_view expected) {
  return {errc::bad_auth_key_line, static_cast<std::size_t>(word.data() - line.data()), expected};
}

template <std::integral T>
core::result<T> number_after(std::string_view prefix, std::string_view line,
                             std::string_view word) {
  const std::string_view digits = word.substr(prefix.size());
  T value = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (failure != std::errc() || end != digits.data() + digits.size())
    return malformed(line, digits, "a decimal number of the field's size");
  return value;
}

core::result<mtproto::auth_key> parse_key(std::string_view line, std::string_view word) {
  if (word.size() != 2 * key_size) return malformed(line, word, "512 hexadecimal digits");
  auto bytes = core::from_hex(word);
  if (!bytes) return bytes.error().at(static_cast<std::size_t>(word.data() - line.data()));
  const core::wipe_on_exit wiper(*bytes);
  return mtproto::auth_key(
      core::secret_array<key_size>(std::span<const core::byte, key_size>(*bytes)));
}

core::result<provisioned_key> parse_line(std::string_view line, std::string_view first_word,
                                         std::string_view rest) {
  COROGRAM_TRY(auto key, parse_key(line, first_word));
  provisioned_key parsed(std::move(key));
  for (std::string_view word = next_word(rest); !word.empty(); word = next_word(rest)) {
    constexpr std::string_view salt = "salt=";
    constexpr std::string_view expiry = "expires_at=";
    if (word.starts_with(salt)) {
      COROGRAM_TRY(parsed.first_salt, number_after<std::int64_t>(salt, line, word));
    } else if (word.starts_with(expiry)) {
      COROGRAM_TRY(parsed.expires_at, number_after<std::int32_t>(expiry, line, word));
    } else {
      return malformed(line, word, "salt=<number> or expires_at=<unix time>");
    }
  }
  return parsed;
}

}  // namespace

mtproto::stored_key to_stored_key(provisioned_key provisioned, core::instant now) {
  std::optional<mtproto::key_expiry> expiry;
  if (provisioned.expires_at) {
    const core::deadline left = std::chrono::seconds(*provisioned.expires_at) - now.wall;
    expiry = mtproto::key_expiry{now.steady + left, *provisioned.expires_at};
  }
  return {std::move(provisioned.key), provisioned.first_salt, expiry};
}

std::variant<std::vector<provisioned_key>, auth_key_file_error> parse_auth_keys(
    std::string_view text) {
  std::vector<provisioned_key> keys;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));

    std::string_view rest = line;
    const std::string_view first_word = next_word(rest);
    if (first_word.empty() || first_word.starts_with('#')) continue;
    auto parsed = parse_line(line, first_word, rest);
    if (!parsed) return auth_key_file_error{number, parsed.error()};
    keys.push_back(*std::move(parsed));
  }
  return keys;
}

}  // namespace corogram::testdc
