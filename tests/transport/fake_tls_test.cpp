#include "support.hpp"
#include "support/scripted_random.hpp"
#include "support/vectors.hpp"

#include <corogram/core/reader.hpp>
#include <corogram/transport/errc.hpp>
#include <corogram/transport/fake_tls_hello.hpp>
#include <corogram/transport/fake_tls_records.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace corogram::transport {
namespace {

using namespace test;
using namespace std::chrono_literals;

core::instant at(std::chrono::seconds wall) {
  return {wall, wall};
}

constexpr std::chrono::seconds time_of_tests{1'700'000'000};

proxy_secret secret_for(std::string_view domain, core::byte fill = 0x42) {
  return *proxy_secret::from_bytes(
      core::concat(bytes("ee"), core::byte_buffer(16, fill), core::as_bytes(domain)));
}

/// Secrets that a server might have, with the one at the end that is used.
secret_list secrets_with(proxy_secret last) {
  secret_list list;
  list.push_back(*proxy_secret::from_bytes(core::byte_buffer(16, core::byte{0x42})));
  list.push_back(secret_for("other.example", 0x41));
  list.push_back(std::move(last));
  return list;
}

/// The failure of accepting; its code is zero if there was none.
std::error_code refusal(core::byte_view hello, const secret_list& secrets, core::instant now) {
  hello_memory memory;
  const auto accepted = accept_hello(hello, secrets, now, memory);
  return accepted ? std::error_code() : accepted.error().code;
}

//= PROXY-15 test
//= PROXY-18 test
TEST(FakeTlsServer, AcceptsTheVectorsHello) {
  const auto vector = corogram::test::read_vectors(COROGRAM_TEST_DATA "/fake_tls.txt");
  const secret_list secrets = secrets_with(*proxy_secret::from_bytes(vector["secret"]));
  hello_memory memory;
  core::byte_buffer wire = vector["hello"];
  for (std::size_t size = 0; size < wire.size(); ++size) {
    const core::byte_buffer prefix(wire.begin(), wire.begin() + static_cast<std::ptrdiff_t>(size));
    const auto partial = accept_hello(prefix, secrets, at(time_of_tests), memory);
    ASSERT_TRUE(partial) << size;
    ASSERT_FALSE(*partial) << size;
  }
  wire.push_back(0x14);
  const auto accepted = accept_hello(wire, secrets, at(time_of_tests), memory);
  ASSERT_TRUE(accepted && *accepted);
  EXPECT_EQ((*accepted)->size, wire.size() - 1);
  EXPECT_EQ((*accepted)->secret_index, 2u);
  EXPECT_EQ((*accepted)->cipher_suite, 0x02);
  EXPECT_TRUE(core::equal((*accepted)->session_id, core::byte_view(wire).subspan(44, 32)));
}

//= PROXY-18 test
TEST(FakeTlsServer, RefusesTheVectorsHelloWithAnyBitFlipped) {
  const auto vector = corogram::test::read_vectors(COROGRAM_TEST_DATA "/fake_tls.txt");
  const secret_list secrets = secrets_with(*proxy_secret::from_bytes(vector["secret"]));
  const core::byte_buffer wire = vector["hello"];
  for (std::size_t bit = 0; bit < wire.size() * 8; ++bit) {
    // The time, which may be another one within its bounds.
    if (bit / 8 >= 39 && bit / 8 < 43) continue;
    core::byte_buffer flipped = wire;
    flipped[bit / 8] = static_cast<core::byte>(flipped[bit / 8] ^ (1 << (bit % 8)));
    flipped.resize(tls_header_size + 65535);
    EXPECT_EQ(refusal(flipped, secrets, at(time_of_tests)), errc::foreign_tls_hello) << bit;
  }
  EXPECT_EQ(refusal(wire, secrets, at(time_of_tests)), std::error_code());
}

//= PROXY-19 test
TEST(FakeTlsServer, RefusesHellosThatAreNotOfNow) {
  core::test_random random(1);
  const secret_list secrets = secrets_with(secret_for("example.org"));
  for (const auto& [skew, is_taken] :
       {std::pair(0s, true), std::pair(2s, true), std::pair(3s, true), std::pair(5s, false),
        std::pair(-599s, true), std::pair(-600s, true), std::pair(-601s, false)}) {
    const auto hello = make_client_hello(secrets[2], at(time_of_tests + skew), random);
    EXPECT_EQ(!refusal(hello, secrets, at(time_of_tests)), is_taken) << skew.count();
  }
}

//= PROXY-20 test
TEST(FakeTlsServer, TakesAHelloOnce) {
  core::test_random random(1);
  const secret_list secrets = secrets_with(secret_for("example.org"));
  const auto hello = make_client_hello(secrets[2], at(time_of_tests), random);
  hello_memory memory;
  EXPECT_TRUE(accept_hello(hello, secrets, at(time_of_tests), memory));
  const auto again = accept_hello(hello, secrets, at(time_of_tests + 100s), memory);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, errc::foreign_tls_hello);
  const auto other = make_client_hello(secrets[2], at(time_of_tests), random);
  EXPECT_TRUE(accept_hello(other, secrets, at(time_of_tests), memory));
}

//= PROXY-20 test
TEST(HelloMemory, LastsTwoDaysAndNoMoreThanItsCount) {
  hello_memory memory;
  core::test_random random(1);
  const auto first = random.array<32>();
  auto same_beginning = first;
  same_beginning[16] ^= 1;
  EXPECT_TRUE(memory.remember(first, at(0s)));
  EXPECT_FALSE(memory.remember(first, at(48h)));
  EXPECT_FALSE(memory.remember(same_beginning, at(48h)));
  EXPECT_TRUE(memory.remember(first, at(48h + 1s)));

  for (std::size_t i = 0; i + 1 < hello_memory::max_count; ++i)
    ASSERT_TRUE(memory.remember(random.array<32>(), at(49h)));
  EXPECT_FALSE(memory.remember(first, at(49h)) && memory.remember(first, at(49h)));
  EXPECT_FALSE(memory.remember(first, at(49h)));
}

//= PROXY-12 test
//= PROXY-15 test
//= PROXY-16 test
TEST(FakeTlsClient, SaysAHelloOfTheLayoutThatProxiesDemand) {
  for (const std::size_t size : std::vector<std::size_t>{1, 11, 100, 182}) {
    const std::string domain(size, 'd');
    core::test_random random(size);
    const auto hello = make_client_hello(secret_for(domain), at(time_of_tests), random);
    EXPECT_EQ(hello.size(), 517u);
    EXPECT_EQ(core::to_hex(core::byte_view(hello).first(11)), "1603010200010001fc0303");
    EXPECT_EQ(hello[43], 0x20);
    EXPECT_EQ(core::to_hex(core::byte_view(hello).subspan(76, 2)), "0020");
    EXPECT_EQ(hello[78], hello[79]);
    EXPECT_EQ(hello[78] & 0x0f, 0x0a);
    EXPECT_EQ(core::to_hex(core::byte_view(hello).subspan(80, 2)), "1301");

    // The extensions fill the rest exactly, each number once, the first after GREASE the name.
    core::reader in(core::byte_view(hello).subspan(76 + 2 + 32 + 2));
    const std::size_t announced = *in.be<std::uint16_t>();
    EXPECT_EQ(announced, in.remaining());
    std::set<std::uint16_t> numbers;
    while (in.remaining() > 0) {
      const auto number = *in.be<std::uint16_t>();
      EXPECT_TRUE(numbers.insert(number).second) << number;
      const auto content = *in.take(*in.be<std::uint16_t>());
      if (number != 0) continue;
      EXPECT_EQ(core::as_text(content.subspan(5)), domain);
      EXPECT_EQ(core::load_be<std::uint16_t>(content.data()), size + 3);
      EXPECT_EQ(core::load_be<std::uint16_t>(content.data() + 3), size);
    }
    for (const std::uint16_t needed : std::vector<std::uint16_t>{0, 10, 13, 43, 51}) {
      EXPECT_TRUE(numbers.contains(needed));
    }
  }
}

//= PROXY-17 test
TEST(FakeTlsClient, IsKnownByItsDigestAndTime) {
  const secret_list secrets = secrets_with(secret_for("example.org"));
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    core::test_random random(seed);
    const auto hello = make_client_hello(secrets[2], at(time_of_tests), random);
    EXPECT_EQ(refusal(hello, secrets, at(time_of_tests)), std::error_code());
    EXPECT_EQ(refusal(hello, secrets_with(secret_for("example.org", 0x43)), at(time_of_tests)),
              errc::foreign_tls_hello);
  }
}

/// A client's handshake up to its hello, and the server's answer to it.
struct exchange {
  explicit exchange(std::uint64_t seed = 1)
      : random(seed),
        secrets(secrets_with(secret_for("example.org"))),
        client(secrets[2], at(time_of_tests), random) {
    client.start(hello);
    hello_memory memory;
    const auto accepted = **accept_hello(hello, secrets, at(time_of_tests), memory);
    write_server_hello(accepted, secrets[2].key(), random, answer);
  }

  core::test_random random;
  secret_list secrets;
  fake_tls_client_handshake client;
  core::byte_buffer hello;
  core::byte_buffer answer;
};

//= PROXY-22 test
//= PROXY-23 test
TEST(FakeTlsServer, AnswersInThreeRecords) {
  const exchange between;
  const core::byte_view answer = between.answer;
  EXPECT_EQ(core::to_hex(answer.first(11)), "160303007a020000760303");
  EXPECT_EQ(answer[43], 0x20);
  EXPECT_TRUE(core::equal(answer.subspan(44, 32), core::byte_view(between.hello).subspan(44, 32)));
  EXPECT_EQ(core::to_hex(answer.subspan(76, 13)), "130100002e00330024001d0020");
  EXPECT_EQ(core::to_hex(answer.subspan(121, 6)), "002b00020304");
  EXPECT_EQ(core::to_hex(answer.subspan(127, 6)), "140303000101");
  EXPECT_EQ(core::to_hex(answer.subspan(133, 3)), "170303");
  EXPECT_EQ(core::load_be<std::uint16_t>(answer.data() + 136), answer.size() - 138);
}

//= PROXY-24 test
//= PROXY-25 test
TEST(FakeTlsClient, ChecksTheServersDigest) {
  for (const std::size_t step : std::vector<std::size_t>{1, 5, 1000, 100000}) {
    exchange between(step);
    const core::byte_buffer wire = core::concat(between.answer, bytes("1703030001aa"));
    core::byte_view left = wire;
    core::byte_buffer out;
    bool is_finished = false;
    while (!is_finished) {
      core::byte_view piece = left.first(std::min(step, left.size()));
      const std::size_t offered = piece.size();
      const auto outcome = between.client.receive(piece, out);
      ASSERT_TRUE(outcome) << outcome.error().message();
      is_finished = *outcome;
      ASSERT_TRUE(is_finished || piece.empty());
      left = left.subspan(offered - piece.size());
    }
    EXPECT_EQ(core::to_hex(left), "1703030001aa");
    EXPECT_TRUE(out.empty());
  }
}

//= PROXY-25 test
TEST(FakeTlsClient, RefusesAnAnswerWithAnyBitFlipped) {
  const std::size_t size = exchange().answer.size();
  for (std::size_t bit = 0; bit < size * 8; bit += bit < 150 * 8 ? 1 : 17) {
    exchange between;
    between.answer[bit / 8] = static_cast<core::byte>(between.answer[bit / 8] ^ (1 << (bit % 8)));
    between.answer.resize(70000);
    core::byte_view received = between.answer;
    core::byte_buffer out;
    const auto outcome = between.client.receive(received, out);
    ASSERT_FALSE(outcome) << bit;
    EXPECT_TRUE(outcome.error().code == errc::bad_tls_digest ||
                outcome.error().code == errc::bad_tls_record);
  }
}

//= PROXY-24 test
TEST(FakeTlsClient, KnowsTheVectorsAnswer) {
  const auto vector = corogram::test::read_vectors(COROGRAM_TEST_DATA "/fake_tls.txt");
  const proxy_secret secret = *proxy_secret::from_bytes(vector["secret"]);
  const core::byte_buffer hello = vector["hello"];
  const auto client_random = core::byte_view(hello).subspan<11, 32>();
  core::byte_buffer answer = vector["answer"];
  EXPECT_TRUE(check_server_digest(secret.key(), client_random, answer));
  for (core::byte& each : answer) {
    each ^= 0x10;
    EXPECT_FALSE(check_server_digest(secret.key(), client_random, answer));
    each ^= 0x10;
  }
}

//= PROXY-22 test
TEST(FakeTlsServer, WritesTheVectorsServerHello) {
  const auto vector = corogram::test::read_vectors(COROGRAM_TEST_DATA "/fake_tls.txt");
  const secret_list secrets = secrets_with(*proxy_secret::from_bytes(vector["secret"]));
  hello_memory memory;
  const auto accepted = **accept_hello(vector["hello"], secrets, at(time_of_tests), memory);
  const core::byte_buffer expected = vector["answer"];
  // The vector's key share, and noise of the least length.
  corogram::test::scripted_random random(core::concat(core::byte_view(expected).subspan(89, 32),
                                                      bytes("0000"), core::byte_buffer(1024)));
  core::byte_buffer answer;
  write_server_hello(accepted, secrets[2].key(), random, answer);
  EXPECT_EQ(random.left(), 0u);
  // All but the digest, which covers the noise, up to the length of the noise.
  EXPECT_TRUE(core::equal(core::byte_view(answer).first(11), core::byte_view(expected).first(11)));
  EXPECT_TRUE(core::equal(core::byte_view(answer).subspan(43, 93),
                          core::byte_view(expected).subspan(43, 93)));
}

TEST(FakeTlsClient, RefusesRecordsOutOfTheirOrder) {
  for (const char* wire : {"170303", "1503030002", "160301007a", "1603030000", "160303ffff"}) {
    exchange between;
    const core::byte_buffer answer = core::concat(bytes(wire), core::byte_buffer(10));
    core::byte_view received = answer;
    core::byte_buffer out;
    EXPECT_EQ(between.client.receive(received, out).error().code, errc::bad_tls_record) << wire;
  }
}

//= PROXY-26 test
//= PROXY-27 test
//= PROXY-30 test
TEST(FakeTlsRecords, CarryBytesOfAllSizesBothWays) {
  for (const std::size_t size : std::vector<std::size_t>{1, 64, 2878, 2879, 16384, 16385, 100000})
    for (const auto& [from_side, to_side] :
         {std::pair(role::client, role::server), std::pair(role::server, role::client)}) {
      fake_tls_records from(from_side);
      core::byte_buffer wire;
      from.wrap(noise(size), wire);
      const std::size_t first_record = from_side == role::client ? change_cipher_spec.size() : 0;
      EXPECT_TRUE(core::equal(core::byte_view(wire).first(first_record),
                              core::byte_view(change_cipher_spec).first(first_record)));
      const std::size_t limit = from_side == role::client ? 2878 : 16384;
      EXPECT_EQ(wire.size(), first_record + size + 5 * ((size + limit - 1) / limit));
      const std::size_t before = wire.size();
      from.wrap(noise(7), wire);
      EXPECT_EQ(wire.size(), before + 5 + 7);

      for (const std::size_t step : std::vector<std::size_t>{1, 6, 1000, 1 << 20}) {
        fake_tls_records to(to_side);
        core::byte_buffer inner;
        for (core::byte_view left = wire; !left.empty();) {
          const std::size_t count = std::min(step, left.size());
          ASSERT_TRUE(to.unwrap(left.first(count), inner));
          left = left.subspan(count);
        }
        EXPECT_EQ(inner, core::concat(noise(size), noise(7)));
      }
    }
}

//= PROXY-30 test
TEST(FakeTlsRecords, MayBeLongerThanOursAndOfNoContent) {
  fake_tls_records client(role::client);
  core::byte_buffer wire = bytes("1703030000 1703034018");
  core::append(wire, noise(16408));
  core::byte_buffer inner;
  EXPECT_TRUE(client.unwrap(wire, inner));
  EXPECT_EQ(inner, noise(16408));
}

TEST(FakeTlsRecords, OfOtherTypesEndTheConnection) {
  // A client takes application data alone.
  for (const char* wire :
       {"14", "15", "16", "1702", "170304", "1703034101", "170303ffff", "1703030001aa15"}) {
    fake_tls_records client(role::client);
    core::byte_buffer inner;
    const auto outcome = client.unwrap(bytes(wire), inner);
    ASSERT_FALSE(outcome) << wire;
    EXPECT_EQ(outcome.error().code, errc::bad_tls_record) << wire;
  }
  // A server takes the change of cipher once, and only before data.
  for (const char* wire :
       {"140303000102", "140303000201", "140303000101140303000101", "1703030001aa140303000101"}) {
    fake_tls_records server(role::server);
    core::byte_buffer inner;
    EXPECT_EQ(server.unwrap(bytes(wire), inner).error().code, errc::bad_tls_record) << wire;
  }
}

}  // namespace
}  // namespace corogram::transport
