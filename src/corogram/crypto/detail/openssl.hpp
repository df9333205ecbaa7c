#pragma once

// How this layer deals with OpenSSL, for its .cpp files only.
//
// What OpenSSL refuses because of the bytes that it was given is an error value. What it refuses
// for want of memory, or because the library is broken, leaves no sound way to go on: `require`
// ends the program then, as a failed allocation of our own would.

#include <corogram/core/bytes.hpp>
#include <corogram/crypto/detail/handles.hpp>

#include <openssl/err.h>
#include <openssl/evp.h>

#include <cstdlib>

namespace corogram::crypto::detail {

/// require ends the program unless `done`.
inline void require(bool done) noexcept {
  if (!done) std::abort();
}

/// The algorithms, fetched once: an implicit fetch costs more than hashing a short message.
const EVP_MD* fetched_sha1() noexcept;
const EVP_MD* fetched_sha256() noexcept;
const EVP_MD* fetched_sha512() noexcept;
const EVP_CIPHER* fetched_aes_256_cbc() noexcept;
const EVP_CIPHER* fetched_aes_256_ecb() noexcept;
const EVP_CIPHER* fetched_aes_256_ctr() noexcept;

/// Leaves the thread's queue of OpenSSL errors as it found it: ours are values, and what others
/// of the program find in the queue should be theirs.
class errors_dropped {
 public:
  errors_dropped() noexcept { ERR_set_mark(); }
  errors_dropped(const errors_dropped&) = delete;
  errors_dropped& operator=(const errors_dropped&) = delete;
  ~errors_dropped() { ERR_pop_to_mark(); }
};

}  // namespace corogram::crypto::detail
