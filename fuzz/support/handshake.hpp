#pragma once

// Properties of what a client exchanges with a proxy or a server before its transport begins.

#include <corogram/core/bytes.hpp>
#include <corogram/core/random.hpp>
#include <corogram/transport/handshake.hpp>

#include <functional>
#include <memory>

namespace corogram::fuzz {

/// Makes a handshake that is about to start.
using handshake_maker =
    std::function<std::unique_ptr<transport::client_handshake>(core::random_source& random)>;

/// check_handshake answers a handshake by `wire`, whole and in the pieces that `pieces` chooses.
/// The outcome, what is sent, and what is left for the next layer do not depend on the cuts.
void check_handshake(core::byte_view wire, std::uint64_t pieces, const handshake_maker& make);

}  // namespace corogram::fuzz
