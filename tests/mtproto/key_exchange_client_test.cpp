// The client of the key exchange against servers that answer wrongly, late or not at all. The
// replies are those of a real exchange with one thing changed.

#include "exchange_support.hpp"

#include <corogram/core/endian.hpp>
#include <corogram/crypto/dh.hpp>
#include <corogram/crypto/errc.hpp>
#include <corogram/crypto/hash.hpp>
#include <corogram/crypto/tmp_aes.hpp>
#include <corogram/mtproto/detail/hidden_data.hpp>
#include <corogram/mtproto/errc.hpp>
#include <corogram/service/functions/req_DH_params.hpp>
#include <corogram/service/functions/req_pq_multi.hpp>
#include <corogram/service/functions/set_client_DH_params.hpp>
#include <corogram/service/types/Pong.hpp>
#include <corogram/service/types/ResPQ.hpp>
#include <corogram/service/types/Server_DH_Params.hpp>
#include <corogram/service/types/Server_DH_inner_data.hpp>
#include <corogram/service/types/Set_client_DH_params_answer.hpp>
#include <corogram/tl/codec.hpp>
#include <corogram/tl/errc.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace corogram::mtproto {
namespace {

using namespace exchange_test;

/// The replies of an exchange, in order.
enum class step { res_pq, dh_params, answer };
constexpr step all_steps[] = {step::res_pq, step::dh_params, step::answer};

/// An exchange in which one reply of the server is replaced on its way.
class altered_exchange {
 public:
  using change = std::function<core::byte_buffer(core::byte_buffer)>;

  exchange_outcome exchange(step at, const change& alter) {
    line wire(client_, server_);
    std::size_t replies = 0;
    wire.to_client = [&](core::byte_buffer packet) {
      if (replies++ == static_cast<std::size_t>(at)) packet = alter(std::move(packet));
      return arrives(std::move(packet));
    };
    auto outcome = wire.run();
    queries_ = wire.queries.size();
    return outcome;
  }

  /// Expects that the altered reply ends the exchange, and that nothing is sent after it.
  template <class Errc>
  void expect_refused(step at, Errc code, const change& alter) {
    expect_error(exchange(at, alter), code);
    EXPECT_EQ(queries_, static_cast<std::size_t>(at) + 1);
    EXPECT_FALSE(client_.machine.poll_deadline());
  }

  /// The same, of a change in the object.
  template <class T, class Errc>
  void expect_object_refused(step at, Errc code, const std::function<void(T&)>& alter) {
    expect_refused(at, code, [&](const core::byte_buffer& packet) {
      auto object = object_of<T>(packet);
      alter(object);
      return with_object(packet, object);
    });
  }

  /// The same, of a change in what server_DH_params_ok hides.
  template <class Errc>
  void expect_inner_refused(Errc code,
                            const std::function<void(service::server_DH_inner_data&)>& alter) {
    expect_object_refused<service::server_DH_params_ok>(
        step::dh_params, code, [&](service::server_DH_params_ok& reply) {
          reply.encrypted_answer = hide_again(reply, [&](core::byte_view data) {
            auto inner = **tl::decode_view<service::server_DH_inner_data>(data);
            alter(inner);
            return tl::encode(inner);
          });
        });
  }

  [[nodiscard]] crypto::aes_key_iv aes(const service::server_DH_params_ok& reply) const {
    const core::byte_buffer new_nonce = client_.new_nonce();
    return crypto::derive_tmp_aes(std::span<const core::byte, 32>(new_nonce),
                                  reply.server_nonce.view());
  }

  core::byte_buffer hide_again(
      const service::server_DH_params_ok& reply,
      const std::function<core::byte_buffer(core::byte_view)>& alter) const {
    const auto data = detail::reveal(reply.encrypted_answer, aes(reply));
    EXPECT_TRUE(data);
    core::test_random padding(9);
    return detail::hide(alter(data->view()), aes(reply), padding);
  }

 private:
  client_side client_;
  server_side server_;
  std::size_t queries_ = 0;
};

template <class Bytes>
void flip(Bytes& bytes) {
  bytes.data()[5] ^= 0x10;
}

//= SEC-03 test
//= AK-09 test
TEST(WrongReply, ResPqWithAnotherNonce) {
  altered_exchange().expect_object_refused<service::resPQ>(
      step::res_pq, errc::nonce_mismatch, [](service::resPQ& reply) { flip(reply.nonce); });
}

//= AK-06 test
TEST(WrongReply, ResPqThatOffersNoKeyOfOurs) {
  altered_exchange().expect_object_refused<service::resPQ>(
      step::res_pq, errc::no_known_key,
      [](service::resPQ& reply) { ++reply.server_public_key_fingerprints[0]; });
}

TEST(WrongReply, ResPqThatOffersNoKeyAtAll) {
  altered_exchange().expect_object_refused<service::resPQ>(
      step::res_pq, errc::no_known_key,
      [](service::resPQ& reply) { reply.server_public_key_fingerprints.clear(); });
}

core::byte_buffer big_endian(std::uint64_t number) {
  core::byte_buffer bytes(8);
  core::store_be(bytes.data(), number);
  return bytes;
}

//= AK-03 test
TEST(KeyExchangeClient, RefusesAPqThatIsNoProductOfTwoPrimes) {
  const core::byte_buffer wrong[] = {{},
                                     {0},
                                     {1},
                                     {13},
                                     // 2^61 - 1, prime.
                                     big_endian((std::uint64_t{1} << 61) - 1),
                                     // The square of a prime.
                                     big_endian(std::uint64_t{1073741827} * 1073741827),
                                     // Three primes.
                                     big_endian(std::uint64_t{2097143} * 1048573 * 1021),
                                     core::byte_buffer(9, 0x11)};
  for (const core::byte_buffer& pq : wrong) {
    client_side client;
    server_side server;
    client.machine.start(noon());
    const auto packet = server.reply(client.query(), noon());
    auto reply = object_of<service::resPQ>(packet);
    reply.pq = pq;
    client.machine.handle_packet(with_object(packet, reply), noon());
    SCOPED_TRACE(core::to_hex(pq));
    expect_error(*client.machine.poll_outcome(), errc::bad_pq);
  }
}

//= SEC-03 test
//= AK-09 test
TEST(WrongReply, DhParamsWithAnotherNonce) {
  altered_exchange().expect_object_refused<service::server_DH_params_ok>(
      step::dh_params, errc::nonce_mismatch,
      [](service::server_DH_params_ok& reply) { flip(reply.nonce); });
}
TEST(WrongReply, DhParamsWithAnotherServerNonce) {
  altered_exchange().expect_object_refused<service::server_DH_params_ok>(
      step::dh_params, errc::nonce_mismatch,
      [](service::server_DH_params_ok& reply) { flip(reply.server_nonce); });
}
TEST(WrongReply, DhParamsWithAnotherNonceInside) {
  altered_exchange().expect_inner_refused(
      errc::nonce_mismatch, [](service::server_DH_inner_data& inner) { flip(inner.nonce); });
}
TEST(WrongReply, DhParamsWithAnotherServerNonceInside) {
  altered_exchange().expect_inner_refused(
      errc::nonce_mismatch, [](service::server_DH_inner_data& inner) { flip(inner.server_nonce); });
}

//= SEC-02 test
TEST(WrongReply, DhParamsThatAreGarbled) {
  altered_exchange().expect_object_refused<service::server_DH_params_ok>(
      step::dh_params, errc::hash_mismatch, [](service::server_DH_params_ok& reply) {
        core::byte_buffer bytes(reply.encrypted_answer.begin(), reply.encrypted_answer.end());
        bytes[300] ^= 1;
        reply.encrypted_answer = bytes;
      });
}

TEST(WrongReply, DhParamsThatHideSomethingElse) {
  altered_exchange exchange;
  exchange.expect_object_refused<service::server_DH_params_ok>(
      step::dh_params, tl::errc::wrong_constructor, [&](service::server_DH_params_ok& reply) {
        reply.encrypted_answer =
            exchange.hide_again(reply, [](core::byte_view) { return tl::encode(service::pong()); });
      });
}

TEST(WrongReply, DhParamsThatHideMoreThanTheObject) {
  altered_exchange exchange;
  exchange.expect_object_refused<service::server_DH_params_ok>(
      step::dh_params, tl::errc::trailing_bytes, [&](service::server_DH_params_ok& reply) {
        reply.encrypted_answer = exchange.hide_again(
            reply, [](core::byte_view data) { return core::concat(data, core::byte_buffer(4)); });
      });
}

//= AK-34 test
//= SEC-01 test
TEST(KeyExchangeClient, RefusesGeneratorsThatDoNotFitTheKnownPrime) {
  for (const std::int32_t g : {-3, 0, 1, 2, 5, 6, 8, 9, 0x7fffffff}) {
    SCOPED_TRACE(g);
    altered_exchange().expect_inner_refused(
        crypto::errc::dh_bad_generator, [&](service::server_DH_inner_data& inner) { inner.g = g; });
  }
}

//= AK-33 test
//= SEC-01 test
TEST(KeyExchangeClient, RefusesPrimesThatAreNone) {
  const auto primes = crypto_data("dh_primes.txt");
  const std::pair<const char*, crypto::errc> cases[] = {
      {"safe_prime_of_2047_bits", crypto::errc::dh_prime_bad_length},
      {"prime_not_safe", crypto::errc::dh_prime_not_safe},
      {"half_prime_only", crypto::errc::dh_prime_not_safe},
      {"product", crypto::errc::dh_prime_not_safe}};
  for (const auto& [name, code] : cases) {
    SCOPED_TRACE(name);
    altered_exchange().expect_inner_refused(code, [&](service::server_DH_inner_data& inner) {
      inner.dh_prime = primes[name];
      inner.g = 4;
    });
  }
}

core::byte_buffer power_of_two(std::size_t exponent) {
  core::byte_buffer number(crypto::dh_size);
  number[crypto::dh_size - 1 - exponent / 8] = static_cast<core::byte>(1U << exponent % 8);
  return number;
}

/// The known prime minus a power of two, schoolbook.
core::byte_buffer prime_minus(std::size_t exponent) {
  core::byte_buffer number(crypto::known_prime().begin(), crypto::known_prime().end());
  std::size_t i = crypto::dh_size - 1 - exponent / 8;
  int borrow = 1 << exponent % 8;
  for (; borrow != 0; --i) {
    const int digit = number[i] - borrow;
    number[i] = static_cast<core::byte>(digit & 0xff);
    borrow = digit < 0 ? 1 : 0;
  }
  return number;
}

//= AK-36 test
//= AK-37 test
//= SEC-01 test
TEST(KeyExchangeClient, RefusesPublicValuesThatGiveTheKeyAway) {
  const core::byte_buffer prime(crypto::known_prime().begin(), crypto::known_prime().end());
  const std::pair<core::byte_buffer, crypto::errc> cases[] = {
      {{}, crypto::errc::dh_value_trivial},
      {{0}, crypto::errc::dh_value_trivial},
      {{1}, crypto::errc::dh_value_trivial},
      {prime_minus(0), crypto::errc::dh_value_trivial},
      {prime, crypto::errc::dh_value_trivial},
      {core::byte_buffer(256, 0xff), crypto::errc::dh_value_trivial},
      {core::byte_buffer(300, 0x55), crypto::errc::dh_value_trivial},
      {{2}, crypto::errc::dh_value_out_of_range},
      {power_of_two(1983), crypto::errc::dh_value_out_of_range},
      {prime_minus(1983), crypto::errc::dh_value_out_of_range}};
  for (const auto& [value, code] : cases) {
    SCOPED_TRACE(core::to_hex(value));
    altered_exchange().expect_inner_refused(
        code, [&g_a = value](service::server_DH_inner_data& inner) { inner.g_a = g_a; });
  }
}

//= AK-35 test
TEST(WrongReply, AnotherSafePrimeIsAcceptedAndExaminedOnce) {
  const core::byte_buffer other = crypto_data("dh_primes.txt")["ffdhe2048"];
  crypto::dh_prime_cache primes;
  for (int i = 0; i < 2; ++i) {
    auto config = client_config();
    config.primes = &primes;
    client_side client(1, std::move(config));
    server_side server;
    client.machine.start(noon());
    client.machine.handle_packet(server.reply(client.query(), noon()), noon());
    const auto packet = server.reply(client.query(), noon());
    auto reply = object_of<service::server_DH_params_ok>(packet);
    const core::byte_buffer new_nonce = client.new_nonce();
    const auto aes_here = crypto::derive_tmp_aes(std::span<const core::byte, 32>(new_nonce),
                                                 reply.server_nonce.view());
    const auto data = detail::reveal(reply.encrypted_answer, aes_here);
    ASSERT_TRUE(data);
    auto inner = **tl::decode_view<service::server_DH_inner_data>(data->view());
    inner.dh_prime = other;
    inner.g = 2;
    reply.encrypted_answer = detail::hide(tl::encode(inner), aes_here, client.random);
    client.machine.handle_packet(with_object(packet, reply), noon());
    EXPECT_FALSE(client.query().empty());
    EXPECT_FALSE(client.machine.is_finished());
  }
  EXPECT_EQ(primes.searches(), 1U);
}

//= SEC-03 test
TEST(WrongReply, AnswerWithAnotherNonce) {
  altered_exchange().expect_object_refused<service::dh_gen_ok>(
      step::answer, errc::nonce_mismatch, [](service::dh_gen_ok& reply) { flip(reply.nonce); });
}
TEST(WrongReply, AnswerWithAnotherServerNonce) {
  altered_exchange().expect_object_refused<service::dh_gen_ok>(
      step::answer, errc::nonce_mismatch,
      [](service::dh_gen_ok& reply) { flip(reply.server_nonce); });
}
TEST(WrongReply, AnswerWithAnotherHash) {
  altered_exchange().expect_object_refused<service::dh_gen_ok>(
      step::answer, errc::new_nonce_hash_mismatch,
      [](service::dh_gen_ok& reply) { flip(reply.new_nonce_hash1); });
}

template <class From, class To>
core::byte_buffer relabelled(const core::byte_buffer& packet) {
  core::byte_buffer changed = packet;
  core::store_le(changed.data() + plain_header_size, To::tl_id);
  return changed;
}

//= AK-47 test
TEST(KeyExchangeClient, NoticesAnAnswerThatWasRelabelled) {
  using relabel = core::byte_buffer (*)(const core::byte_buffer&);
  const std::pair<dh_answer, relabel> cases[] = {
      {dh_answer::ok, relabelled<service::dh_gen_ok, service::dh_gen_retry>},
      {dh_answer::ok, relabelled<service::dh_gen_ok, service::dh_gen_fail>},
      {dh_answer::retry, relabelled<service::dh_gen_retry, service::dh_gen_ok>},
      {dh_answer::retry, relabelled<service::dh_gen_retry, service::dh_gen_fail>},
      {dh_answer::fail, relabelled<service::dh_gen_fail, service::dh_gen_ok>},
      {dh_answer::fail, relabelled<service::dh_gen_fail, service::dh_gen_retry>}};
  for (const auto& [answer, change] : cases) {
    client_side client;
    server_side server;
    server.machine.force_answers({answer});
    line wire(client, server);
    wire.to_client = [&, alter = change](core::byte_buffer packet) {
      return arrives(wire.replies.size() == 3 ? alter(packet) : std::move(packet));
    };
    expect_error(wire.run(), errc::new_nonce_hash_mismatch);
    EXPECT_EQ(wire.queries.size(), 3U);
  }
}

//= DIV-06 test
//= SCH-08 test
TEST(WrongReply, TheRetiredFailureIsUnderstoodIfItsHashIsRight) {
  for (const bool right : {true, false}) {
    client_side client;
    server_side server;
    client.machine.start(noon());
    client.machine.handle_packet(server.reply(client.query(), noon()), noon());
    const auto packet = server.reply(client.query(), noon());
    const auto ok = object_of<service::server_DH_params_ok>(packet);
    service::server_DH_params_fail fail;
    fail.nonce = ok.nonce;
    fail.server_nonce = ok.server_nonce;
    const auto digest = crypto::sha1(client.new_nonce());
    fail.new_nonce_hash = core::byte_view(digest).subspan(4);
    if (!right) flip(fail.new_nonce_hash);
    client.machine.handle_packet(with_object(packet, fail), noon());
    expect_error(*client.machine.poll_outcome(),
                 right ? errc::key_refused : errc::new_nonce_hash_mismatch);
  }
}

TEST(KeyExchangeClient, MessagesThatHaveNoPlaceEndTheExchange) {
  for (const step at : all_steps) {
    client_side client;
    server_side server;
    line wire(client, server);
    wire.to_client = [&](core::byte_buffer packet) {
      if (wire.replies.size() == static_cast<std::size_t>(at) + 1)
        packet = with_object(packet, service::pong());
      return arrives(std::move(packet));
    };
    expect_error(wire.run(), errc::unexpected_message);
  }
}

TEST(WrongReply, PaddingOfStringsThatIsNotZero) {
  altered_exchange().expect_refused(step::res_pq, errc::not_canonical,
                                    [](core::byte_buffer packet) {
                                      // After the number, both nonces, the length byte and pq.
                                      packet[plain_header_size + 4 + 16 + 16 + 1 + 8 + 1] = 0x55;
                                      return packet;
                                    });
}

//= AK-58 test
TEST(KeyExchangeClient, RefusesIdsThatNoReplyMayHave) {
  for (const step at : all_steps) {
    for (const int low : {0, 2, 3}) {
      client_side client;
      server_side server;
      line wire(client, server);
      wire.to_client = [&](core::byte_buffer packet) {
        if (wire.replies.size() == static_cast<std::size_t>(at) + 1)
          packet[8] = static_cast<core::byte>((packet[8] & ~3) | low);
        return arrives(std::move(packet));
      };
      expect_error(wire.run(), errc::bad_message_id);
    }
  }
}

TEST(KeyExchangeClient, EveryPrefixOfEveryReplyEndsTheExchangeInAnError) {
  for (const step at : all_steps) {
    client_side recorded_client;
    server_side recorded_server;
    line recording(recorded_client, recorded_server);
    ASSERT_TRUE(recording.run());
    const core::byte_buffer& whole = recording.replies[static_cast<std::size_t>(at)];
    // The later steps cost a power each, so not every length of the long reply is tried there.
    const std::size_t stride = at == step::answer ? 7 : 1;
    for (std::size_t size = 0; size < whole.size(); size += stride) {
      client_side client;
      client.machine.start(noon());
      for (std::size_t i = 0; i < static_cast<std::size_t>(at); ++i)
        client.machine.handle_packet(recording.replies[i], noon());
      const core::byte_buffer prefix(whole.begin(),
                                     whole.begin() + static_cast<std::ptrdiff_t>(size));
      client.machine.handle_packet(prefix, noon());
      ASSERT_TRUE(client.machine.is_finished()) << size;
      EXPECT_FALSE(*client.machine.poll_outcome()) << size;
    }
  }
}

//= AK-25 test
//= AK-14 test
TEST(KeyExchangeClient, StartsOverWithNewNoncesAfter404) {
  for (const step at : all_steps) {
    client_side client;
    server_side server;
    line wire(client, server);
    wire.to_server = [&](core::byte_buffer packet) {
      // A query that is garbled on its way is refused by the server with -404.
      if (wire.queries.size() == static_cast<std::size_t>(at) + 1) packet[20] ^= 1;
      return arrives(std::move(packet));
    };
    expect_agreement(wire.run(), server);
    EXPECT_EQ(wire.errors, std::vector<std::int32_t>{-404});
    ASSERT_EQ(wire.queries.size(), static_cast<std::size_t>(at) + 4);
    const auto first = object_of<service::req_pq_multi>(wire.queries[0]);
    const auto second =
        object_of<service::req_pq_multi>(wire.queries[static_cast<std::size_t>(at) + 1]);
    EXPECT_FALSE(first.nonce == second.nonce);
  }
}

TEST(KeyExchangeClient, GivesUpAfterAsManyRunsAsItMay) {
  auto config = client_config();
  config.runs = 4;
  client_side client(1, std::move(config));
  client.machine.start(noon());
  std::set<core::byte_buffer> nonces;
  while (!client.machine.is_finished()) {
    const core::byte_buffer query = client.query();
    nonces.insert(core::byte_buffer(query.begin() + 24, query.end()));
    client.machine.handle_transport_error(-404, noon());
  }
  EXPECT_EQ(nonces.size(), 4U);
  expect_error(*client.machine.poll_outcome(), errc::too_many_attempts);
}

//= AK-26 test
//= TR-31 test
TEST(KeyExchangeClient, OtherTransportErrorsEndTheExchange) {
  const std::pair<std::int32_t, errc> cases[] = {{-444, errc::wrong_dc},
                                                 {-429, errc::transport_error},
                                                 {-403, errc::transport_error},
                                                 {-1, errc::transport_error}};
  for (const auto& [code, expected] : cases) {
    client_side client;
    client.machine.start(noon());
    client.machine.handle_transport_error(code, noon());
    expect_error(*client.machine.poll_outcome(), expected);
    // The error is final: nothing is sent, and nothing is listened to.
    EXPECT_TRUE(client.query().empty());
    client.machine.handle_transport_error(-404, noon());
    EXPECT_TRUE(client.query().empty());
    EXPECT_FALSE(client.machine.poll_outcome());
  }
}

//= AK-51 test
TEST(KeyExchangeClient, RepeatsALostQueryByteForByteUnderAnIdOfItsOwn) {
  for (const step at : all_steps) {
    for (const bool lose_query : {true, false}) {
      client_side client;
      server_side server;
      line wire(client, server);
      int lost = 0;
      const auto lose_twice = [&](core::byte_buffer packet) {
        const bool now_or_never = wire.queries.size() > static_cast<std::size_t>(at) && lost < 2;
        if (now_or_never) ++lost;
        return now_or_never ? std::vector<core::byte_buffer>{} : arrives(std::move(packet));
      };
      (lose_query ? wire.to_server : wire.to_client) = lose_twice;
      const core::instant begun = wire.now;
      expect_agreement(wire.run(), server);
      ASSERT_EQ(wire.queries.size(), 5U);
      const auto first = wire.queries.begin() + static_cast<std::ptrdiff_t>(at);
      for (auto repeated = first + 1; repeated <= first + 2; ++repeated) {
        EXPECT_TRUE(core::equal(body_of(*repeated), body_of(*first)));
        EXPECT_LT(core::load_le<std::int64_t>((repeated - 1)->data() + 8),
                  core::load_le<std::int64_t>(repeated->data() + 8));
      }
      EXPECT_EQ(wire.now.steady - begun.steady, 2 * client_config().reply_timeout);
      EXPECT_EQ(server.keys.size(), 1U);
    }
  }
}

TEST(KeyExchangeClient, TimesOutWhenNothingComesBack) {
  client_side client;
  server_side server;
  line wire(client, server);
  wire.to_client = [](const core::byte_buffer&) { return std::vector<core::byte_buffer>{}; };
  const core::instant begun = wire.now;
  expect_error(wire.run(), errc::timed_out);
  EXPECT_EQ(wire.queries.size(), 3U);
  EXPECT_EQ(wire.now.steady - begun.steady, 3 * client_config().reply_timeout);
  EXPECT_FALSE(client.machine.poll_deadline());
}

TEST(KeyExchangeClient, AnEarlyTimeoutChangesNothing) {
  client_side client;
  client.machine.start(noon());
  EXPECT_FALSE(client.query().empty());
  client.machine.handle_timeout(core::later(noon(), 4999ms));
  EXPECT_TRUE(client.query().empty());
  client.machine.handle_timeout(core::later(noon(), 5s));
  EXPECT_FALSE(client.query().empty());
}

TEST(KeyExchangeClient, OnANewConnectionItSendsTheCurrentQueryAgain) {
  client_side client;
  server_side server;
  client.machine.start(noon());
  client.machine.handle_packet(server.reply(client.query(), noon()), noon());
  const core::byte_buffer lost = client.query();
  EXPECT_TRUE(client.query().empty());
  client.machine.handle_reconnected(core::later(noon(), 1s));
  const core::byte_buffer again = client.query();
  EXPECT_TRUE(core::equal(body_of(again), body_of(lost)));
  client.machine.handle_packet(server.reply(again, noon()), noon());
  client.machine.handle_packet(server.reply(client.query(), noon()), noon());
  expect_agreement(*client.machine.poll_outcome(), server);
}

TEST(KeyExchangeClient, BeforeItsStartAndAfterItsEndItListensToNobody) {
  client_side client;
  client.machine.handle_packet(core::byte_buffer(40), noon());
  client.machine.handle_transport_error(-404, noon());
  client.machine.handle_timeout(noon());
  EXPECT_TRUE(client.query().empty());
  EXPECT_FALSE(client.machine.is_finished());

  server_side server;
  line wire(client, server);
  expect_agreement(wire.run(), server);
  client.machine.handle_packet(core::byte_buffer(40), noon());
  client.machine.handle_reconnected(noon());
  EXPECT_TRUE(client.query().empty());
  EXPECT_FALSE(client.machine.poll_outcome());
}

//= AK-50 test
TEST(KeyExchangeClient, LearnsTheServersClock) {
  for (const auto ahead : {-3600s, 0s, 3600s}) {
    client_side client;
    server_side server;
    line wire(client, server);
    wire.server_ahead = ahead;
    const auto outcome = wire.run();
    ASSERT_TRUE(outcome);
    // The server says whole seconds only.
    EXPECT_LE(outcome->server_time_offset, ahead);
    EXPECT_GT(outcome->server_time_offset, ahead - 1s);
  }
}

//= PFS-03 test
TEST(KeyExchangeClient, ATemporaryKeyEndsByTheServersClockAndNoLaterThanTheServerSays) {
  auto config = client_config();
  config.expires_in = 86400s;
  client_side client(1, std::move(config));
  server_side server;
  line wire(client, server);
  wire.server_ahead = 1000s;
  const auto outcome = wire.run();
  expect_agreement(outcome, server);
  const stored_key* stored = server.keys.find(outcome->key.id());
  EXPECT_EQ(outcome->expiry->deadline, noon().steady + 86400s);
  EXPECT_EQ(outcome->expiry->expires_at, stored->expiry->expires_at);
  EXPECT_EQ(stored->expiry->expires_at,
            std::chrono::floor<std::chrono::seconds>(noon().wall).count() + 1000 + 86400);
}

//= AK-12 test
TEST(KeyExchangeClient, TheNumberOfADataCentreSaysWhatItIs) {
  EXPECT_EQ(wire_dc(2, false, false), 2);
  EXPECT_EQ(wire_dc(2, true, false), 10002);
  EXPECT_EQ(wire_dc(4, false, true), -4);
  EXPECT_EQ(wire_dc(4, true, true), -10004);
}

TEST(KeyExchangeClient, ReportsItsStagesInOrderWithoutSecrets) {
  client_side client;
  server_side server;
  line wire(client, server);
  ASSERT_TRUE(wire.run());
  std::vector<std::string> names;
  std::string all;
  while (const auto stage = client.machine.poll_stage()) {
    names.emplace_back(stage->name);
    all += stage->what + "\n";
  }
  const std::vector<std::string> expected = {"req_pq_multi",         "resPQ",
                                             "req_DH_params",        "server_DH_params_ok",
                                             "set_client_DH_params", "dh_gen_ok"};
  EXPECT_EQ(names, expected);
  EXPECT_NE(all.find("nonce equal, 1 fingerprint, ours is ffa25ad8470cd49e"), std::string::npos)
      << all;
  for (const core::byte_buffer& drawn : client.random.drawn())
    EXPECT_EQ(all.find(core::to_hex(core::byte_view(drawn).first(8))), std::string::npos);
}

}  // namespace
}  // namespace corogram::mtproto
