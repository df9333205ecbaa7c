#include <corogram/rpc/rpc_error.hpp>

#include <algorithm>
#include <charconv>

namespace corogram::rpc {
namespace {

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

/// is_name tells whether `text` has the form [A-Z_0-9]+.
bool is_name(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'A' && c <= 'Z') || c == '_' || is_digit(c);
  });
}

/// leading_digits returns how many digits `part` begins with, if they are a parameter: alone, or
/// followed by the one unit that servers write without an underscore.
std::size_t leading_digits(std::string_view part) noexcept {
  const auto end = std::ranges::find_if_not(part, is_digit);
  const auto count = static_cast<std::size_t>(end - part.begin());
  const std::string_view unit = part.substr(count);
  return unit.empty() || unit == "MIN" ? count : 0;
}

std::optional<std::int64_t> to_number(std::string_view digits) noexcept {
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (failure != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

}  // namespace

std::error_code rpc_error::error_code() const {
  return api_error(code, name);
}

//= ERR-02
//= ERR-19
rpc_error parse_rpc_error(std::int32_t code, std::string_view message) {
  rpc_error error;
  error.code = code;
  error.message = message;
  if (!is_name(message)) {
    error.name = message;
    return error;
  }

  bool first_parameter = true;
  std::size_t begin = 0;
  while (true) {
    const std::size_t end = std::min(message.find('_', begin), message.size());
    const std::string_view part = message.substr(begin, end - begin);
    if (const std::size_t digits = leading_digits(part); digits > 0) {
      if (first_parameter) error.parameter = to_number(part.substr(0, digits));
      first_parameter = false;
      error.name += 'X';
      error.name += part.substr(digits);
    } else {
      error.name += part;
    }
    if (end == message.size()) return error;
    error.name += '_';
    begin = end + 1;
  }
}

namespace {

struct named_reaction {
  std::string_view name;
  reaction what;
};

// Each name that asks for more than its number does.
constexpr named_reaction named_reactions[] = {
    // ERR-03, ERR-04
    {"PHONE_MIGRATE_X", reaction::migrate},
    {"NETWORK_MIGRATE_X", reaction::migrate},
    {"USER_MIGRATE_X", reaction::migrate},
    {"FILE_MIGRATE_X", reaction::migrate_query},
    {"STATS_MIGRATE_X", reaction::migrate_query},
    // ERR-06
    {"AUTH_KEY_UNREGISTERED", reaction::sign_in},
    {"AUTH_KEY_INVALID", reaction::sign_in},
    {"USER_DEACTIVATED", reaction::sign_in},
    {"SESSION_REVOKED", reaction::sign_in},
    {"SESSION_EXPIRED", reaction::sign_in},
    // ERR-07
    {"AUTH_KEY_PERM_EMPTY", reaction::bind_key},
    //= ERR-08 exception: the two-step check is the client library's; here the error is told apart
    // from the others of its number, whichever that is (DIV-39), as check_password
    {"SESSION_PASSWORD_NEEDED", reaction::check_password},
    // ERR-12
    {"AUTH_KEY_DUPLICATED", reaction::new_key},
    // ERR-18, DIV-55
    {"CONNECTION_NOT_INITED", reaction::init_connection},
    {"CONNECTION_LAYER_INVALID", reaction::init_connection},
    // INV-11, INV-13. Both come with either number (DIV-40).
    {"MSG_WAIT_TIMEOUT", reaction::follow_again},
    {"MSG_WAIT_FAILED", reaction::await_predecessors},
};

}  // namespace

//= DIV-42
reaction reaction_to(const rpc_error& error) noexcept {
  const auto* const found = std::ranges::find(named_reactions, error.name, &named_reaction::name);
  if (found != std::end(named_reactions)) return found->what;

  switch (error.code) {
    //= ERR-15
    case 420:
      return error.parameter ? reaction::wait : reaction::report;
    //= ERR-11
    case 406:
      return reaction::keep_silent;
    //= ERR-05
    //= ERR-09
    //= ERR-10
    case 303:
    case 400:
    case 401:
    case 403:
    case 404:
      return reaction::report;
    //= ERR-17
    default:
      return reaction::retry;
  }
}

std::string_view to_string(reaction value) noexcept {
  switch (value) {
    case reaction::report:
      return "report";
    case reaction::wait:
      return "wait";
    case reaction::retry:
      return "retry";
    case reaction::init_connection:
      return "init_connection";
    case reaction::migrate:
      return "migrate";
    case reaction::migrate_query:
      return "migrate_query";
    case reaction::bind_key:
      return "bind_key";
    case reaction::sign_in:
      return "sign_in";
    case reaction::new_key:
      return "new_key";
    case reaction::check_password:
      return "check_password";
    case reaction::keep_silent:
      return "keep_silent";
    case reaction::follow_again:
      return "follow_again";
    case reaction::await_predecessors:
      return "await_predecessors";
  }
  return "unknown";
}

std::optional<std::chrono::seconds> wait_time(const rpc_error& error) noexcept {
  if (reaction_to(error) != reaction::wait) return std::nullopt;
  // A century is as good as for ever, and its nanoseconds still fit into 64 bits.
  constexpr std::int64_t longest = std::int64_t{100} * 365 * 24 * 60 * 60;
  return std::chrono::seconds(std::clamp<std::int64_t>(*error.parameter, 0, longest));
}

rpc_exception::rpc_exception(rpc_error details)
    : std::system_error(details.error_code(), details.message), details_(std::move(details)) {}

}  // namespace corogram::rpc
