// RPC errors as servers word them: name and parameter come out of any text, and each asks
// something of the client.

#include "support/alter.hpp"

#include <corogram/rpc/rpc_error.hpp>

#include <string>
#include <string_view>

namespace corogram::fuzz {

void run(core::byte_view input) noexcept {
  choices from(input);
  const auto code = static_cast<std::int32_t>(word(from));
  const std::string_view text = core::as_text(from.rest());
  const rpc::rpc_error error = rpc::parse_rpc_error(code, text);
  require(error.code == code && error.message == text, "number and text stay as they were");
  require(error.name.size() <= text.size() + 1, "a name is no longer than its text");
  require(!rpc::to_string(rpc::reaction_to(error)).empty(), "each asks something");
  require(static_cast<bool>(error.error_code()), "each is an error");
  if (const auto pause = rpc::wait_time(error))
    require(pause->count() >= 0, "no pause is negative");
  const rpc::rpc_error again = rpc::parse_rpc_error(code, error.message);
  require(again.name == error.name && again.parameter == error.parameter, "and the same again");
}

}  // namespace corogram::fuzz
