#pragma once

// How a client speaks, as the command line names it.

#include <corogram/transport/framing.hpp>

#include <array>
#include <string>

namespace corogram::tools {

/// The framings, by the names of transport::to_string.
inline constexpr std::array framings{
    transport::framing::abridged,
    transport::framing::intermediate,
    transport::framing::padded_intermediate,
    transport::framing::full,
};

/// framing_by_name finds a framing. Pre: `name` is one of their names.
inline transport::framing framing_by_name(std::string_view name) {
  for (const transport::framing framing : framings)
    if (transport::to_string(framing) == name) return framing;
  return transport::framing::intermediate;
}

}  // namespace corogram::tools
