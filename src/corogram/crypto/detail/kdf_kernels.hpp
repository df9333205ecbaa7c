#pragma once

// The functions in the table of kdf.cpp.

#include <corogram/crypto/kdf.hpp>

namespace corogram::crypto::detail {

#ifdef __x86_64__
bool kdf_shani_supported() noexcept;
aes_key_iv derive_v2_shani(auth_key_view auth_key, const message_key& msg_key,
                           direction sender) noexcept;
#endif

}  // namespace corogram::crypto::detail
