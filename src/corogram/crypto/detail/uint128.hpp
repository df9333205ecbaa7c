#pragma once

namespace corogram::crypto::detail {

/// Not in the standard, but in both compilers.
__extension__ using uint128 = unsigned __int128;

}  // namespace corogram::crypto::detail
