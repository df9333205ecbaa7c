#pragma once

// What the test data centre reports, as a line of text or of JSON.

#include <corogram/testdc/server.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace corogram::tools {

/// One event: its name and what there is to say of it, in order.
struct event_line {
  std::string name;
  std::uint64_t connection = 0;
  std::vector<std::pair<std::string, std::string>> details;
};

/// describe turns an event into a line; nothing for those that are of no interest to people
/// (acknowledgements).
std::optional<event_line> describe(const testdc::server_event& event);

/// to_text prints "#3 session_created session=0102030405060708 ...".
std::string to_text(const event_line& line);

/// to_json prints {"event":"session_created","connection":3,"session":"0102030405060708"}.
std::string to_json(const event_line& line);

/// json_string prints `text` as a JSON string, quotes included; bytes that are no UTF-8 become
/// U+FFFD.
std::string json_string(std::string_view text);

}  // namespace corogram::tools
