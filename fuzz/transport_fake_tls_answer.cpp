// What a proxy answers to a fake TLS hello, as the client hears it: the honest answer, altered, and
// bytes that are none. Exactly the honest one is taken.

#include "support/alter.hpp"
#include "support/handshake.hpp"

#include <corogram/transport/fake_tls_hello.hpp>

#include <algorithm>
#include <chrono>

namespace corogram::fuzz {

namespace {

using namespace transport;

constexpr core::instant now{std::chrono::seconds(1000), std::chrono::seconds(1'700'000'000)};
constexpr const char* secret_text = "ee00112233445566778899aabbccddeeff6578616d706c652e6f7267";

core::byte_buffer honest_answer(const secret_list& secrets) {
  core::test_random random(7);  // as check_handshake's
  const core::byte_buffer hello = make_client_hello(secrets.front(), now, random);
  hello_memory memory;
  const auto accepted = accept_hello(hello, secrets, now, memory);
  core::byte_buffer answer;
  write_server_hello(**accepted, secrets.front().key(), random, answer);
  return answer;
}

}  // namespace

void run(core::byte_view input) noexcept {
  choices from(input);
  const std::uint64_t pieces = from.byte() | 1u;
  static const secret_list secrets = [] {
    secret_list made;
    made.push_back(*proxy_secret::from_text(secret_text));
    return made;
  }();
  static const core::byte_buffer honest = honest_answer(secrets);
  core::byte_buffer answer = honest;
  if (from.below(4) == 0) answer.assign(from.rest().begin(), from.rest().end());
  alter(from, answer);
  check_handshake(answer, pieces, [](core::random_source& random) {
    return std::make_unique<fake_tls_client_handshake>(secrets.front(), now, random);
  });

  core::test_random random(7);
  fake_tls_client_handshake client(secrets.front(), now, random);
  core::byte_buffer sent;
  client.start(sent);
  core::byte_view received = answer;
  const auto finished = client.receive(received, sent);
  const bool same =
      answer.size() >= honest.size() && std::equal(honest.begin(), honest.end(), answer.begin());
  require((finished && *finished) == same, "exactly the honest answer is taken");
}

}  // namespace corogram::fuzz
