#pragma once

// What a hostile network or peer does to bytes that were right: the input says what and where.

#include "target.hpp"

#include <corogram/core/bytes.hpp>
#include <corogram/tl/int128.hpp>

#include <cstdint>

namespace corogram::fuzz {

/// alter changes `bytes` in up to three places as the input says: overwrites, cuts out, inserts,
/// repeats, cuts short. Returns whether they are other bytes now.
bool alter(choices& from, core::byte_buffer& bytes);

/// alter_nonce flips bits of one of the 16 bytes, or none.
void alter_nonce(choices& from, tl::int128& nonce);

/// number takes eight bytes as an integer, least significant first; zeros at the end of the input.
std::uint64_t number(choices& from);

/// signed_number is number for a message id, a salt and the like, which have a sign in TL.
inline std::int64_t signed_number(choices& from) {
  return static_cast<std::int64_t>(number(from));
}

/// word takes four bytes as an integer, least significant first.
std::uint32_t word(choices& from);

}  // namespace corogram::fuzz
