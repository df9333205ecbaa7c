// ClientHellos as a proxy hears them: honest ones of the input's randomness, altered ones, and
// bytes that are none. Exactly an honest one is accepted, once, within its time; the answer proves
// the secret, and an altered one does not.

#include "support/alter.hpp"

#include <corogram/core/endian.hpp>
#include <corogram/transport/errc.hpp>
#include <corogram/transport/fake_tls_hello.hpp>

#include <algorithm>
#include <chrono>

namespace corogram::fuzz {

namespace {

using namespace transport;

constexpr core::instant now{std::chrono::seconds(1000), std::chrono::seconds(1'700'000'000)};

const secret_list& secrets() {
  static const secret_list list = [] {
    secret_list made;
    for (const char* const text : {"dd00112233445566778899aabbccddeeff",
                                   "ee00112233445566778899aabbccddeeff6578616d706c652e6f7267",
                                   "eeffeeddccbbaa998877665544332211006578616d706c652e6f7267"})
      made.push_back(std::move(*proxy_secret::from_text(text)));
    return made;
  }();
  return list;
}

constexpr std::ptrdiff_t time_offset = 11 + 28;

bool equal_but_for_time(core::byte_buffer hello, const core::byte_buffer& honest) {
  std::copy_n(honest.begin() + time_offset, 4, hello.begin() + time_offset);
  return std::equal(honest.begin(), honest.end(), hello.begin());
}

// What the client said, with the bits that were flipped on the way.
std::uint32_t time_told(core::instant client_now, const core::byte_buffer& hello,
                        const core::byte_buffer& honest) {
  const auto sent = std::chrono::duration_cast<std::chrono::seconds>(client_now.wall).count();
  return static_cast<std::uint32_t>(sent) ^
         core::load_le<std::uint32_t>(hello.data() + time_offset) ^
         core::load_le<std::uint32_t>(honest.data() + time_offset);
}

}  // namespace

void run(core::byte_view input) noexcept {
  choices from(input);
  const proxy_secret& secret = secrets()[1 + from.below(2)];
  const auto ahead = std::chrono::seconds(static_cast<std::int32_t>(from.below(2048)) - 1024);
  core::test_random random(from.byte());
  const core::instant client_now = {now.steady, now.wall + ahead};
  const core::byte_buffer honest = make_client_hello(secret, client_now, random);
  require(honest.size() == 517, "a hello has 517 bytes");
  core::byte_buffer hello = honest;
  if (from.below(4) == 0) hello.assign(from.rest().begin(), from.rest().end());
  alter(from, hello);

  hello_memory memory;
  const auto accepted = accept_hello(hello, secrets(), now, memory);
  // The time is told by the last bytes of what proves the secret, and is not covered by the proof.
  const bool same = hello.size() >= honest.size() && equal_but_for_time(hello, honest);
  const std::chrono::seconds told(same ? time_told(client_now, hello, honest) : 0);
  const bool timely = now.wall - told <= hello_max_age && told - now.wall <= hello_max_ahead;
  require((accepted && *accepted) == (same && timely), "exactly an honest hello is accepted");
  if (!accepted) {
    require(accepted.error().code == make_error_code(errc::foreign_tls_hello), "one error");
    return;
  }
  if (!*accepted) return;
  require((*accepted)->size == honest.size(), "it ends where it ends");
  require(!accept_hello(hello, secrets(), now, memory), "and works once");

  core::byte_buffer answer;
  write_server_hello(**accepted, secret.key(), random, answer);
  const core::byte_buffer right = answer;
  const bool altered = alter(from, answer);
  require(check_server_digest(secret.key(), (*accepted)->client_random, right),
          "the answer proves the secret");
  if (altered && answer.size() == right.size())
    require(!check_server_digest(secret.key(), (*accepted)->client_random, answer),
            "and an altered one does not");
}

}  // namespace corogram::fuzz
