// The crypto layer behind corogram_crypto.h: arguments are checked here, and all work is done
// there.

#include "corogram_crypto.h"

#include <corogram/core/secret.hpp>
#include <corogram/crypto/cbc.hpp>
#include <corogram/crypto/ctr.hpp>
#include <corogram/crypto/ctr_kernel.hpp>
#include <corogram/crypto/hash_kernel.hpp>
#include <corogram/crypto/ige.hpp>
#include <corogram/crypto/ige_kernel.hpp>
#include <corogram/crypto/message.hpp>
#include <corogram/crypto/message_kernel.hpp>
#include <corogram/crypto/pq.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string_view>

namespace core = corogram::core;
namespace crypto = corogram::crypto;

struct corogram_ctr {
  crypto::ctr_stream stream;
};

namespace {

template <std::size_t N>
std::span<const core::byte, N> fixed(const std::uint8_t* bytes) noexcept {
  return std::span<const core::byte, N>(bytes, N);
}

bool overlap(const std::uint8_t* in, const std::uint8_t* out, std::size_t size) noexcept {
  const auto from = reinterpret_cast<std::uintptr_t>(in);
  const auto to = reinterpret_cast<std::uintptr_t>(out);
  return from != to && (to - from < size || from - to < size);
}

// The errors of a text that is written elsewhere, or in place.
int check_text(const std::uint8_t* in, const std::uint8_t* out, std::size_t size,
               std::size_t unit) noexcept {
  if (size % unit != 0) return COROGRAM_WRONG_SIZE;
  if (size == 0) return COROGRAM_OK;
  if (in == nullptr || out == nullptr) return COROGRAM_NULL_ARGUMENT;
  return overlap(in, out, size) ? COROGRAM_OVERLAP : COROGRAM_OK;
}

using ige_function = void (*)(std::span<const core::byte, 32>, std::span<const core::byte, 32>,
                              core::byte_view, core::byte_span) noexcept;

int ige(ige_function apply, const std::uint8_t* key, const std::uint8_t* iv, const std::uint8_t* in,
        std::uint8_t* out, std::size_t size) noexcept {
  if (key == nullptr || iv == nullptr) return COROGRAM_NULL_ARGUMENT;
  const int status = check_text(in, out, size, crypto::aes_block_size);
  if (status == COROGRAM_OK) apply(fixed<32>(key), fixed<32>(iv), {in, size}, {out, size});
  return status;
}

using cbc_function = void (*)(std::span<const core::byte, 32>, std::span<core::byte, 16>,
                              core::byte_span) noexcept;

int cbc(cbc_function apply, const std::uint8_t* key, std::uint8_t* iv, const std::uint8_t* in,
        std::uint8_t* out, std::size_t size) noexcept {
  if (key == nullptr || iv == nullptr) return COROGRAM_NULL_ARGUMENT;
  const int status = check_text(in, out, size, crypto::aes_block_size);
  if (status != COROGRAM_OK || size == 0) return status;
  if (in != out) std::memcpy(out, in, size);
  apply(fixed<32>(key), std::span<core::byte, 16>(iv, 16), {out, size});
  return COROGRAM_OK;
}

int check_message(const corogram_message& message) noexcept {
  if (message.auth_key == nullptr || message.text == nullptr) return COROGRAM_NULL_ARGUMENT;
  if (message.size == 0 || message.size % crypto::aes_block_size != 0) return COROGRAM_WRONG_SIZE;
  if (message.sender != COROGRAM_CLIENT && message.sender != COROGRAM_SERVER)
    return COROGRAM_WRONG_SENDER;
  return COROGRAM_OK;
}

crypto::message_to_seal to_seal(const corogram_message& message) noexcept {
  return {fixed<256>(message.auth_key),
          static_cast<crypto::direction>(message.sender),
          {message.text, message.size},
          {}};
}

crypto::message_to_open to_open(const corogram_message& message) noexcept {
  crypto::message_key msg_key;
  std::ranges::copy(message.msg_key, msg_key.begin());
  return {fixed<256>(message.auth_key),
          static_cast<crypto::direction>(message.sender),
          msg_key,
          {message.text, message.size},
          {}};
}

void sealed(const crypto::message_to_seal& done, corogram_message& message) noexcept {
  std::ranges::copy(done.msg_key_large, message.msg_key_large);
  std::ranges::copy(crypto::msg_key_from_large(done.msg_key_large), message.msg_key);
}

void opened(const crypto::message_to_open& done, corogram_message& message) noexcept {
  const crypto::message_key msg_key = crypto::msg_key_from_large(done.msg_key_large);
  if (core::equal_constant_time(msg_key, done.msg_key)) {
    std::ranges::copy(done.msg_key_large, message.msg_key_large);
    return;
  }
  message.status = COROGRAM_WRONG_MSG_KEY;
  std::ranges::fill(message.msg_key_large, core::byte{0});
  core::wipe(done.text);
}

/// Room for some messages of the layer below: a multiple of what any kernel takes at once.
template <class Message>
struct group {
  static constexpr std::size_t capacity = 48;
  union {
    Message messages[capacity];
  };
  group() noexcept {}
};

// Has all messages done by the layer below, in groups: no memory is needed for them.
template <auto Begin, auto Run, auto End>
int in_groups(corogram_message* messages, std::size_t count) noexcept {
  if (count == 0) return COROGRAM_OK;
  if (messages == nullptr) return COROGRAM_NULL_ARGUMENT;
  std::span<corogram_message> rest(messages, count);
  const auto wrong = [](int status) { return status != COROGRAM_OK; };
  const auto first_wrong = [&] {
    const auto found =
        std::ranges::find_if(messages, messages + count, wrong, &corogram_message::status);
    return found == messages + count ? int{COROGRAM_OK} : found->status;
  };
  for (corogram_message& message : rest) message.status = check_message(message);
  if (const int status = first_wrong(); wrong(status)) return status;

  group<decltype(Begin(*messages))> storage;
  while (!rest.empty()) {
    const std::size_t size = std::min(rest.size(), storage.capacity);
    const std::span some(storage.messages, size);
    for (std::size_t i = 0; i < size; ++i) std::construct_at(&some[i], Begin(rest[i]));
    Run(some);
    for (std::size_t i = 0; i < size; ++i) End(some[i], rest[i]);
    rest = rest.subspan(size);
  }
  return first_wrong();
}

}  // namespace

// These are extern "C" by their declarations in the header.

const char* corogram_status_text(int status) {
  switch (status) {
    case COROGRAM_OK:
      return "done";
    case COROGRAM_NULL_ARGUMENT:
      return "a pointer is NULL";
    case COROGRAM_WRONG_SIZE:
      return "the size is 0, or no multiple of 16";
    case COROGRAM_OVERLAP:
      return "input and output overlap in part";
    case COROGRAM_WRONG_SENDER:
      return "the sender is neither client nor server";
    case COROGRAM_WRONG_MSG_KEY:
      return "the message key is not that of the text";
    case COROGRAM_NOT_TWO_PRIMES:
      return "the number is no product of two primes";
    case COROGRAM_NO_MEMORY:
      return "there is no memory";
    default:
      return "unknown status";
  }
}

const char* corogram_version() {
  return COROGRAM_VERSION;
}

const char* corogram_kernel(const char* subject) {
  if (subject == nullptr) return nullptr;
  const std::string_view of(subject);
  // All names are literals, with a zero at their end.
  if (of == "ige") return crypto::ige_kernel_in_use().name.data();
  if (of == "ctr") return crypto::ctr_kernel_in_use().name.data();
  if (of == "hash") return crypto::hash_kernel_in_use().name.data();
  if (of == "open") return crypto::open_kernel_in_use().name.data();
  if (of == "seal") return crypto::seal_kernel_in_use().name.data();
  return nullptr;
}

int corogram_ige_encrypt(const uint8_t key[32], const uint8_t iv[32], const uint8_t* in,
                         uint8_t* out, size_t size) {
  return ige(crypto::ige_encrypt, key, iv, in, out, size);
}

int corogram_ige_decrypt(const uint8_t key[32], const uint8_t iv[32], const uint8_t* in,
                         uint8_t* out, size_t size) {
  return ige(crypto::ige_decrypt, key, iv, in, out, size);
}

int corogram_cbc_encrypt(const uint8_t key[32], uint8_t iv[16], const uint8_t* in, uint8_t* out,
                         size_t size) {
  return cbc(crypto::cbc_encrypt, key, iv, in, out, size);
}

int corogram_cbc_decrypt(const uint8_t key[32], uint8_t iv[16], const uint8_t* in, uint8_t* out,
                         size_t size) {
  return cbc(crypto::cbc_decrypt, key, iv, in, out, size);
}

int corogram_ctr_new(const uint8_t key[32], const uint8_t iv[16], corogram_ctr** ctr) {
  if (key == nullptr || iv == nullptr || ctr == nullptr) return COROGRAM_NULL_ARGUMENT;
  auto* const made = new (std::nothrow) corogram_ctr{{fixed<32>(key), fixed<16>(iv)}};
  if (made == nullptr) return COROGRAM_NO_MEMORY;
  *ctr = made;
  return COROGRAM_OK;
}

int corogram_ctr_apply(corogram_ctr* ctr, const uint8_t* in, uint8_t* out, size_t size) {
  if (ctr == nullptr) return COROGRAM_NULL_ARGUMENT;
  const int status = check_text(in, out, size, 1);
  if (status == COROGRAM_OK && size != 0) ctr->stream.apply({in, size}, {out, size});
  return status;
}

void corogram_ctr_free(corogram_ctr* ctr) {
  delete ctr;
}

int corogram_messages_seal(corogram_message* messages, size_t count) {
  return in_groups<to_seal, crypto::seal_messages, sealed>(messages, count);
}

int corogram_messages_open(corogram_message* messages, size_t count) {
  return in_groups<to_open, crypto::open_messages, opened>(messages, count);
}

int corogram_message_seal(const uint8_t auth_key[256], int sender, uint8_t* text, size_t size,
                          uint8_t msg_key[16]) {
  if (msg_key == nullptr) return COROGRAM_NULL_ARGUMENT;
  corogram_message message{auth_key, text, size, sender, COROGRAM_OK, {}, {}};
  const int status = corogram_messages_seal(&message, 1);
  if (status == COROGRAM_OK) std::ranges::copy(message.msg_key, msg_key);
  return status;
}

int corogram_message_open(const uint8_t auth_key[256], int sender, const uint8_t msg_key[16],
                          uint8_t* text, size_t size) {
  if (msg_key == nullptr) return COROGRAM_NULL_ARGUMENT;
  corogram_message message{auth_key, text, size, sender, COROGRAM_OK, {}, {}};
  std::copy_n(msg_key, sizeof message.msg_key, message.msg_key);
  return corogram_messages_open(&message, 1);
}

int corogram_factorize(uint64_t pq, uint64_t* p, uint64_t* q) {
  if (p == nullptr || q == nullptr) return COROGRAM_NULL_ARGUMENT;
  const auto primes = crypto::factorize(pq);
  if (!primes) return COROGRAM_NOT_TWO_PRIMES;
  *p = primes->p;
  *q = primes->q;
  return COROGRAM_OK;
}
