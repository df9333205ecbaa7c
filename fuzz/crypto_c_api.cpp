// The C interface with arguments right and wrong, against the functions behind it and OpenSSL. What
// is refused changes nothing; what is done is what the layer itself does.

#include "support/target.hpp"

#include <corogram/crypto/ctr.hpp>
#include <corogram/crypto/ige.hpp>
#include <corogram/crypto/message.hpp>
#include <corogram/crypto/pq.hpp>

#include <corogram_crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <vector>

namespace corogram::fuzz {

namespace {

core::byte_buffer cbc_by_openssl(core::byte_view key, core::byte_view iv, core::byte_view plain) {
  EVP_CIPHER_CTX* const context = EVP_CIPHER_CTX_new();
  EVP_EncryptInit_ex(context, EVP_aes_256_cbc(), nullptr, key.data(), iv.data());
  EVP_CIPHER_CTX_set_padding(context, 0);
  core::byte_buffer out(plain.size());
  int size = 0;
  EVP_EncryptUpdate(context, out.data(), &size, plain.data(), static_cast<int>(plain.size()));
  EVP_CIPHER_CTX_free(context);
  return out;
}

// A text in one buffer, from and to places of it that may overlap, and what has to become of it.
struct text_in_place {
  core::byte_buffer memory;
  std::size_t in, out, size;

  explicit text_in_place(choices& from)
      : memory(1024), in(from.below(300)), out(in), size(from.below(300)) {
    switch (from.below(4)) {
      case 0:
        break;
      case 1:
        out = in + size;
        break;
      case 2:
        out = from.below(300);
        break;
      default:
        size = size / 16 * 16;
    }
    std::ranges::copy(from.take(memory.size()), memory.begin());
  }

  [[nodiscard]] core::byte_buffer text() const {
    const core::byte_view view = core::byte_view(memory).subspan(in, size);
    return {view.begin(), view.end()};
  }
  [[nodiscard]] int status(std::size_t unit) const {
    if (size % unit != 0) return COROGRAM_WRONG_SIZE;
    const std::size_t distance = in < out ? out - in : in - out;
    return distance != 0 && distance < size ? COROGRAM_OVERLAP : COROGRAM_OK;
  }
  // What memory holds afterwards, if the call does as it should.
  [[nodiscard]] core::byte_buffer with(core::byte_view made) const {
    core::byte_buffer all = memory;
    std::ranges::copy(made, all.begin() + static_cast<std::ptrdiff_t>(out));
    return all;
  }
};

using key_array = std::array<core::byte, 32>;

void check_ige(choices& from, const key_array& key) {
  key_array iv{};
  iv.fill(from.byte());
  text_in_place place(from);
  const int status = place.status(16);
  core::byte_buffer expected = place.memory;
  const bool encrypts = from.flag();
  if (status == COROGRAM_OK) {
    core::byte_buffer made = place.text();
    (encrypts ? crypto::ige_encrypt : crypto::ige_decrypt)(key, iv, made, made);
    expected = place.with(made);
  }
  core::byte* const memory = place.memory.data();
  const auto apply = encrypts ? corogram_ige_encrypt : corogram_ige_decrypt;
  require(apply(key.data(), iv.data(), memory + place.in, memory + place.out, place.size) == status,
          "IGE says what becomes of it");
  require(place.memory == expected, "IGE does that and no more");
  require(apply(nullptr, iv.data(), memory, memory, 16) == COROGRAM_NULL_ARGUMENT, "no key");
  require(place.memory == expected, "IGE without a key changes nothing");
}

void check_cbc(choices& from, const key_array& key) {
  std::array<core::byte, 16> iv{};
  iv.fill(from.byte());
  const std::array<core::byte, 16> iv_before = iv;
  text_in_place place(from);
  const int status = place.status(16);
  const core::byte_buffer plain = place.text();
  core::byte_buffer expected = place.memory, made;
  if (status == COROGRAM_OK) {
    made = cbc_by_openssl(key, iv, plain);
    expected = place.with(made);
  }
  core::byte* const in = place.memory.data() + place.in;
  core::byte* const out = place.memory.data() + place.out;
  require(corogram_cbc_encrypt(key.data(), iv.data(), in, out, place.size) == status,
          "CBC says what becomes of it");
  require(place.memory == expected, "CBC does that and no more");
  if (made.empty()) {
    require(iv == iv_before, "CBC of nothing, or refused, leaves the vector");
    return;
  }
  require(std::ranges::equal(iv, core::byte_view(made).last(16)),
          "CBC goes on with the last block");
  std::array<core::byte, 16> iv_back = iv_before;
  require(corogram_cbc_decrypt(key.data(), iv_back.data(), out, out, place.size) == COROGRAM_OK &&
              std::equal(plain.begin(), plain.end(), out) && iv_back == iv,
          "CBC is undone");
}

void check_ctr(choices& from, const key_array& key) {
  std::array<core::byte, 16> iv{};
  iv.fill(from.byte());
  corogram_ctr* ctr = nullptr;
  require(corogram_ctr_new(key.data(), iv.data(), &ctr) == COROGRAM_OK, "a stream");
  crypto::ctr_stream same(key, iv);
  for (std::size_t rounds = 1 + from.below(4); rounds > 0; --rounds) {
    text_in_place place(from);
    const int status = place.status(1);
    core::byte_buffer expected = place.memory;
    if (status == COROGRAM_OK) {
      core::byte_buffer made = place.text();
      same.apply(made);
      expected = place.with(made);
    }
    core::byte* const memory = place.memory.data();
    require(corogram_ctr_apply(ctr, memory + place.in, memory + place.out, place.size) == status,
            "CTR says what becomes of it");
    require(place.memory == expected, "CTR does that and no more");
  }
  corogram_ctr_free(ctr);
}

int status_of(const corogram_message& message) {
  if (message.auth_key == nullptr || message.text == nullptr) return COROGRAM_NULL_ARGUMENT;
  if (message.size == 0 || message.size % 16 != 0) return COROGRAM_WRONG_SIZE;
  return message.sender == 0 || message.sender == 8 ? COROGRAM_OK : COROGRAM_WRONG_SENDER;
}

void check_messages(choices& from) {
  std::array<core::byte, 256> auth_key{};
  auth_key.fill(from.byte());
  // More than fit into one of the groups that the interface makes of them.
  std::vector<core::byte_buffer> texts(from.below(120));
  std::vector<corogram_message> messages;
  const bool all_right = from.flag();
  for (core::byte_buffer& text : texts) {
    const std::size_t size = 16 * (1 + from.below(8));
    text.assign(size, from.byte());
    corogram_message message{
        auth_key.data(), text.data(), text.size(), from.flag() ? 0 : 8, -1, {}, {}};
    const core::byte wrong = all_right ? core::byte{0} : from.byte();
    if (wrong == 1) message.auth_key = nullptr;
    if (wrong == 2) message.text = nullptr;
    if (wrong == 3) message.size -= 1 + from.below(15);
    if (wrong == 4) message.size = 0;
    if (wrong == 5) message.sender = static_cast<int>(from.byte());
    messages.push_back(message);
  }
  const auto wrong = [](const corogram_message& message) { return status_of(message) != 0; };
  const auto first = std::ranges::find_if(messages, wrong);
  const int expected = first == messages.end() ? int{COROGRAM_OK} : status_of(*first);
  const std::vector<core::byte_buffer> plain = texts;
  require(corogram_messages_seal(messages.data(), messages.size()) == expected,
          "the first wrong message tells");
  for (const corogram_message& message : messages)
    require(message.status == status_of(message), "and each of its own");
  if (expected != COROGRAM_OK) {
    require(texts == plain, "if one is wrong, none is sealed");
    return;
  }

  bool altered = false;
  std::vector<bool> opens(texts.size(), true);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (const core::byte bit = from.byte(); bit >= 128) {
      texts[i][bit % texts[i].size()] ^= 1;
      opens[i] = false;
      altered = true;
    }
  }
  require(corogram_messages_open(messages.data(), messages.size()) ==
              (altered ? COROGRAM_WRONG_MSG_KEY : COROGRAM_OK),
          "what was altered is noticed");
  for (std::size_t i = 0; i < texts.size(); ++i) {
    require((messages[i].status == COROGRAM_OK) == opens[i], "exactly what was not altered opens");
    require(texts[i] == (opens[i] ? plain[i] : core::byte_buffer(plain[i].size())),
            "and nothing of what was is left");
  }
}

void check_factors(choices& from) {
  std::uint64_t pq = 0;
  for (const core::byte one : from.take(8)) pq = pq << 8 | one;
  std::uint64_t p = 1, q = 2;
  const int status = corogram_factorize(pq, &p, &q);
  if (const auto primes = crypto::factorize(pq))
    require(status == COROGRAM_OK && p == primes->p && q == primes->q, "the same factors");
  else
    require(status == COROGRAM_NOT_TWO_PRIMES && p == 1 && q == 2, "or none");
}

}  // namespace

void run(core::byte_view input) noexcept {
  choices from(input);
  const std::size_t which = from.below(5);
  key_array key{};
  key.fill(from.byte());
  switch (which) {
    case 0:
      return check_ige(from, key);
    case 1:
      return check_cbc(from, key);
    case 2:
      return check_ctr(from, key);
    case 3:
      return check_messages(from);
    default:
      return check_factors(from);
  }
}

}  // namespace corogram::fuzz
