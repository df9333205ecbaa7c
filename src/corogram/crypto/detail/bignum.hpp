#pragma once

// OpenSSL's big numbers with owners, for the .cpp files of this layer only.

#include <corogram/core/bytes.hpp>
#include <corogram/crypto/detail/openssl.hpp>

#include <openssl/bn.h>

#include <algorithm>
#include <memory>

namespace corogram::crypto::detail {

struct bignum_free {
  void operator()(BIGNUM* number) const noexcept { BN_clear_free(number); }
  void operator()(BN_CTX* context) const noexcept { BN_CTX_free(context); }
  void operator()(BN_MONT_CTX* context) const noexcept { BN_MONT_CTX_free(context); }
};

/// A number that is wiped when it goes.
using bignum = std::unique_ptr<BIGNUM, bignum_free>;

/// Temporary numbers. The secure kind wipes them when it goes.
using bignum_context = std::unique_ptr<BN_CTX, bignum_free>;

using montgomery_context = std::unique_ptr<BN_MONT_CTX, bignum_free>;

inline bignum new_bignum() noexcept {
  bignum number(BN_new());
  require(number != nullptr);
  return number;
}

/// without_leading_zeros is the same big-endian number in its shortest form; zero has no digits.
inline core::byte_view without_leading_zeros(core::byte_view big_endian) noexcept {
  const auto first = std::ranges::find_if(big_endian, [](core::byte digit) { return digit != 0; });
  return {first, big_endian.end()};
}

//= GEN-01
/// to_bignum reads a big-endian number. Pre: fewer bytes than an int counts.
inline bignum to_bignum(core::byte_view big_endian) noexcept {
  bignum number(BN_bin2bn(big_endian.data(), static_cast<int>(big_endian.size()), nullptr));
  require(number != nullptr);
  return number;
}

inline bignum_context new_bignum_context() noexcept {
  bignum_context context(BN_CTX_secure_new());
  require(context != nullptr);
  return context;
}

}  // namespace corogram::crypto::detail
