// The engine and its keys: temporary keys and their binding, keys that the server denies, refuses,
// or has lost.

#include "world.hpp"

#include <corogram/core/endian.hpp>
#include <corogram/rpc/errc.hpp>

#include <gtest/gtest.h>

#include <algorithm>

namespace corogram::rpc {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using test::answer_to;
using test::reasonable_options;
using test::way;
using test::world;

options forward_secret() {
  options settings = reasonable_options();
  settings.forward_secrecy = true;
  settings.temporary_key_lifetime = hours(1);
  return settings;
}

/// With a permanent key of an earlier run.
options forward_secret_with_key(std::uint64_t seed) {
  options settings = test::options_with_key(seed);
  settings.forward_secrecy = true;
  settings.temporary_key_lifetime = hours(1);
  return settings;
}

//= PFS-01 test
//= PFS-06 test
//= PFS-18 test
TEST(EngineKeys, WithForwardSecrecyTheSessionIsUnderATemporaryKeyBoundToThePermanentOne) {
  world it(forward_secret());
  EXPECT_FALSE(it.run_to_end(it.call(1)));
  EXPECT_EQ(it.count(stage_kind::key_agreed), 2u);
  EXPECT_EQ(it.count(stage_kind::key_bound), 1u);
  EXPECT_EQ(it.bindings, 1u);
  EXPECT_EQ(it.links_opened, 1u);

  const auto stored = it.client.stored();
  ASSERT_TRUE(stored);
  const auto permanent = it.server.find_key(stored->key.id());
  ASSERT_TRUE(permanent);
  EXPECT_FALSE(permanent->temporary()) << "only the permanent key is worth storing";
  EXPECT_EQ(permanent->bound_to, it.key_id());
  EXPECT_TRUE(it.server.find_key(it.key_id())->temporary());
}

//= PFS-04 test
TEST(EngineKeys, NoPacketIsUnderThePermanentKey) {
  world it(forward_secret());
  const operation_id calls[] = {it.call(1), it.call(2), it.wait_ready()};
  for (const operation_id each : calls) EXPECT_FALSE(it.run_to_end(each));
  it.pass(hours(5));
  EXPECT_FALSE(it.run_to_end(it.call(3)));
  EXPECT_GE(it.bindings, 5u);
  EXPECT_TRUE(it.server.sessions_of(it.client.stored()->key.id()).empty());
}

//= PFS-13 test
//= INV-02 test
TEST(EngineKeys, AfterEveryBindingWeAreIntroducedAgain) {
  world it(forward_secret());
  EXPECT_FALSE(it.run_to_end(it.call(1)));
  EXPECT_FALSE(it.run_to_end(it.call(2)));
  it.pass(minutes(56));
  EXPECT_EQ(it.bindings, 2u);
  EXPECT_FALSE(it.run_to_end(it.call(3)));
  EXPECT_FALSE(it.run_to_end(it.call(4)));
  EXPECT_EQ(it.introductions[1], 1);
  EXPECT_EQ(it.introductions[2], 0);
  EXPECT_EQ(it.introductions[3], 1);
  EXPECT_EQ(it.introductions[4], 0);
}

//= PFS-16 test
TEST(EngineKeys, TheNextTemporaryKeyIsThereBeforeTheLastOneEnds) {
  world it(forward_secret_with_key(3));
  const std::int64_t permanent = it.client.stored()->key.id();
  int number = 0;
  for (; number < 1500; ++number) {
    const operation_id each = it.call(number);
    EXPECT_FALSE(it.run_to_end(each)) << number;
    it.pass(seconds(10));
  }
  for (const auto& [call, runs] : it.runs) EXPECT_EQ(runs, 1) << call;
  EXPECT_EQ(it.links_opened, 1u) << "beside the session, on the same TCP connection";
  EXPECT_GE(it.bindings, 5u);
  EXPECT_EQ(it.client.stored()->key.id(), permanent);
  EXPECT_TRUE(it.losses.empty());
}

//= PFS-16 test
TEST(EngineKeys, ARequestThatTakesVeryLongOutlivesItsTemporaryKey) {
  options settings = forward_secret_with_key(4);
  settings.request_timeout = hours(3);
  world it(std::move(settings));
  EXPECT_FALSE(it.run_to_end(it.call(1)));
  std::vector<mtproto::request_event> running;
  it.on_call = [&](const mtproto::request_event& request, int number) {
    if (number == 2) return running.push_back(request);
    it.server.respond(request.session, request.msg_id, answer_to(number), it.clock.now());
  };
  const operation_id slow = it.call(2);
  int number = 3;
  for (; number < 200; ++number) {
    EXPECT_FALSE(it.run_to_end(it.call(number))) << number;
    it.pass(seconds(30));
  }
  ASSERT_EQ(running.size(), 2u) << "once under each key";
  EXPECT_FALSE(it.is_finished(slow));
  it.server.respond(running.back().session, running.back().msg_id, answer_to(2), it.clock.now());
  EXPECT_FALSE(it.run_to_end(slow));
}

//= PFS-15 test
TEST(EngineKeys, ATemporaryKeyThatHasExpiredMeanwhileIsReplacedUnderTheSamePermanentOne) {
  world it(forward_secret());
  EXPECT_FALSE(it.run_to_end(it.call(1)));
  const std::int64_t permanent = it.client.stored()->key.id();
  const std::int64_t temporary = it.key_id();
  it.behaviour = test::host::refuses;
  it.cut();
  it.pass(hours(2));
  it.behaviour = test::host::serves;
  EXPECT_FALSE(it.run_to_end(it.call(2)));
  EXPECT_NE(it.key_id(), temporary);
  EXPECT_EQ(it.client.stored()->key.id(), permanent);
  EXPECT_EQ(it.count(stage_kind::key_agreed), 3u);
  EXPECT_TRUE(it.losses.empty()) << "no new sign-in";
}

//= PFS-15 test
TEST(EngineKeys, AKeyThatCannotBeRenewedInTimeIsReplacedWhenItEnds) {
  world it(forward_secret_with_key(5));
  EXPECT_FALSE(it.run_to_end(it.call(1)));
  const std::int64_t first = it.key_id();
  // The server answers no exchange until the key has ended.
  const core::deadline end = it.clock.now().steady + hours(1);
  it.tamper = [&](way direction, core::byte_buffer& bytes) {
    if (direction == way::to_client && it.clock.now().steady < end && bytes.size() > 12 &&
        std::all_of(bytes.begin() + 4, bytes.begin() + 12, [](auto byte) { return byte == 0; }))
      bytes.clear();
  };
  it.pass(hours(1) + seconds(1));
  EXPECT_FALSE(it.run_to_end(it.call(2)));
  EXPECT_NE(it.key_id(), first);
  EXPECT_TRUE(it.losses.empty());
}

//= PFS-17 test
//= TR-28 test
TEST(EngineKeys, ATemporaryKeyThatTheServerHasLostCostsNothingElse) {
  world it(forward_secret());
  EXPECT_FALSE(it.run_to_end(it.call(1)));
  const std::int64_t permanent = it.client.stored()->key.id();
  const std::int64_t temporary = it.key_id();
  it.server.remove_key(temporary, it.clock.now());
  const operation_id calls[] = {it.call(2), it.call(3)};
  for (const operation_id each : calls) EXPECT_FALSE(it.run_to_end(each));
  EXPECT_NE(it.key_id(), temporary);
  EXPECT_EQ(it.client.stored()->key.id(), permanent);
  EXPECT_EQ(it.links_opened, 2u) << "one -404 is enough";
  EXPECT_EQ(it.runs[2], 1);
  EXPECT_EQ(it.runs[3], 1);
  EXPECT_TRUE(it.losses.empty());
}

//= PFS-19 test
TEST(EngineKeys, APermanentKeyThatTheServerDoesNotKnowAnyMoreIsReplaced) {
  world it(forward_secret_with_key(6));
  EXPECT_FALSE(it.run_to_end(it.call(1)));
  const std::int64_t permanent = it.client.stored()->key.id();
  it.server.remove_key(permanent, it.clock.now());
  const operation_id two = it.call(2);
  EXPECT_FALSE(it.run_to_end(two));
  EXPECT_EQ(it.runs[2], 1);
  EXPECT_NE(it.client.stored()->key.id(), permanent);
  ASSERT_EQ(it.losses.size(), 1u);
  EXPECT_EQ(it.losses.front(), api_errc::ENCRYPTED_MESSAGE_INVALID);
}

//= PFS-20 test
TEST(EngineKeys, APermanentKeyThatIsNewIsBoundAgainAndAgain) {
  world it(forward_secret());
  int refusals = 0;
  it.on_bind = [&] { return refusals++ < 4 ? "ENCRYPTED_MESSAGE_INVALID" : ""; };
  EXPECT_FALSE(it.run_to_end(it.call(1)));
  EXPECT_EQ(refusals, 5);
  EXPECT_EQ(it.count(stage_kind::key_agreed), 2u) << "with the same keys";
  EXPECT_TRUE(it.losses.empty());
}

//= PFS-20 test
//= PFS-19 test
TEST(EngineKeys, APermanentKeyThatIsRefusedForAMinuteIsNotNewAnyMore) {
  options settings = forward_secret();
  settings.request_timeout = minutes(10);
  world it(std::move(settings));
  const core::deadline begin = it.clock.now().steady;
  it.on_bind = [&] {
    return it.clock.now().steady - begin < seconds(65) ? "ENCRYPTED_MESSAGE_INVALID" : "";
  };
  EXPECT_FALSE(it.run_to_end(it.call(1)));
  EXPECT_EQ(it.losses.size(), 1u);
  EXPECT_GT(it.clock.now().steady - begin, seconds(60));
}

//= PFS-21 test
TEST(EngineKeys, ATemporaryKeyThatCannotBeBoundIsReplacedAlone) {
  for (const char* text :
       {"TEMP_AUTH_KEY_ALREADY_BOUND", "TEMP_AUTH_KEY_EMPTY", "EXPIRES_AT_INVALID"}) {
    world it(forward_secret_with_key(7));
    const std::int64_t permanent = it.client.stored()->key.id();
    int refusals = 0;
    it.on_bind = [&] { return refusals++ < 2 ? text : ""; };
    EXPECT_FALSE(it.run_to_end(it.call(1))) << text;
    EXPECT_EQ(it.count(stage_kind::key_agreed), 3u) << text;
    EXPECT_EQ(it.client.stored()->key.id(), permanent) << text;
    EXPECT_TRUE(it.losses.empty()) << text;
  }
}

TEST(EngineKeys, AServerThatNeverBindsIsAskedWithGrowingPausesAndTheRequestIsToldWhy) {
  world it(forward_secret_with_key(8));
  int asked = 0;
  it.on_bind = [&] { return ++asked, "TEMP_AUTH_KEY_ALREADY_BOUND"; };
  EXPECT_EQ(it.run_to_end(it.call(1)), api_errc::TEMP_AUTH_KEY_ALREADY_BOUND);
  EXPECT_LT(asked, 12);
  EXPECT_EQ(it.runs[1], 0);
}

//= ERR-07 test
TEST(EngineKeys, ACallThatTheServerThinksUnboundIsRepeatedAfterAnotherBinding) {
  world it(forward_secret());
  EXPECT_FALSE(it.run_to_end(it.call(1)));
  it.on_call = [&](const mtproto::request_event& request, int number) {
    if (it.bindings == 1)
      it.server.respond_error(request.session, request.msg_id, 401, "AUTH_KEY_PERM_EMPTY",
                              it.clock.now());
    else
      it.server.respond(request.session, request.msg_id, answer_to(number), it.clock.now());
  };
  const operation_id calls[] = {it.call(2), it.call(3)};
  for (const operation_id each : calls) EXPECT_FALSE(it.run_to_end(each));
  EXPECT_EQ(it.bindings, 2u);
  EXPECT_EQ(it.count(stage_kind::key_agreed), 2u);
}

//= ERR-07 test
TEST(EngineKeys, AServerThatAlwaysThinksItUnboundIsNotAskedForEver) {
  for (const bool secret : {false, true}) {
    world it(secret ? forward_secret() : reasonable_options());
    it.on_call = [&](const mtproto::request_event& request, int) {
      it.server.respond_error(request.session, request.msg_id, 401, "AUTH_KEY_PERM_EMPTY",
                              it.clock.now());
    };
    EXPECT_EQ(it.run_to_end(it.call(1)), api_errc::AUTH_KEY_PERM_EMPTY);
    EXPECT_EQ(it.runs[1], secret ? 3 : 1);
  }
}

//= DIV-37 test
TEST(EngineKeys, ForgedErrorsDoNotCostThePermanentKey) {
  world it;
  EXPECT_FALSE(it.run_to_end(it.call(1)));
  const std::int64_t permanent = it.client.stored()->key.id();
  // Somebody on the way answers -404 to whatever is encrypted.
  int forged = 0;
  it.tamper = [&](way direction, core::byte_buffer& bytes) {
    if (direction == way::to_client && forged < 4) {
      ++forged;
      bytes = {4, 0, 0, 0, 0x6c, 0xfe, 0xff, 0xff};
    }
  };
  it.cut();
  EXPECT_FALSE(it.run_to_end(it.call(2)));
  EXPECT_EQ(forged, 4);
  EXPECT_EQ(it.client.stored()->key.id(), permanent);
  EXPECT_TRUE(it.losses.empty());
  EXPECT_EQ(it.bindings, 1u) << "that was how it asked the server itself";
  EXPECT_EQ(it.server.sessions_of(permanent).size(), 1u) << "the session goes on";
  EXPECT_EQ(it.runs[2], 1);
}

//= DIV-37 test
TEST(EngineKeys, AServerThatConfirmsAKeyAndDeniesItAllTheSameGetsTemporaryKeys) {
  world it;
  EXPECT_FALSE(it.run_to_end(it.call(1)));
  const std::int64_t permanent = it.client.stored()->key.id();
  core::byte_buffer name(8);
  core::store_le(name.data(), permanent);
  // Somebody stands before the server, lets exchanges and temporary keys through, and denies this.
  bool denied = false;
  it.tamper = [&](way direction, core::byte_buffer& bytes) {
    if (direction == way::to_client || std::ranges::search(bytes, name).empty()) return;
    bytes.clear();
    denied = true;
  };
  it.cut();
  const operation_id two = it.call(2);
  const core::byte_buffer denial = {4, 0, 0, 0, 0x6c, 0xfe, 0xff, 0xff};
  const auto step = [&] {
    if (std::exchange(denied, false)) it.client.received(it.tried.size(), denial, it.clock.now());
    it.settle();
    return it.is_finished(two);
  };
  EXPECT_TRUE(it.run(step, minutes(1)));
  EXPECT_FALSE(it.finished[two].failure);
  EXPECT_EQ(it.client.stored()->key.id(), permanent);
  EXPECT_EQ(it.bindings, 2u);
  EXPECT_TRUE(it.losses.empty());
}

//= DIV-37 test
TEST(EngineKeys, ARequestCanBeCancelledWhileItsKeyIsInDoubt) {
  world it;
  EXPECT_FALSE(it.run_to_end(it.call(1)));
  int forged = 0;
  it.tamper = [&](way direction, core::byte_buffer& bytes) {
    if (direction == way::to_client && forged < 3) {
      ++forged;
      bytes = {4, 0, 0, 0, 0x6c, 0xfe, 0xff, 0xff};
    }
  };
  it.cut();
  const operation_id two = it.call(2);
  const operation_id three = it.call(3);
  it.on_bind = [&] { return it.cancel(two), ""; };
  EXPECT_FALSE(it.run_to_end(three));
  EXPECT_EQ(it.run_to_end(two), cancelled());
  EXPECT_EQ(it.runs[3], 1);
}

//= DIV-37 test
TEST(EngineKeys, AKeyThatIsReallyGoneIsReplacedAndNoRequestIsLost) {
  world it;
  EXPECT_FALSE(it.run_to_end(it.call(1)));
  // Longer ago than a server may need to hear of a new key (PFS-20).
  it.pass(minutes(2));
  const std::int64_t permanent = it.client.stored()->key.id();
  it.server.remove_key(permanent, it.clock.now());
  const operation_id two = it.call(2);
  const operation_id three = it.call(3);
  EXPECT_FALSE(it.run_to_end(two));
  EXPECT_FALSE(it.run_to_end(three));
  EXPECT_NE(it.client.stored()->key.id(), permanent);
  EXPECT_EQ(it.runs[2], 1);
  EXPECT_EQ(it.runs[3], 1);
  EXPECT_EQ(it.introductions[2], 1) << "a new key does not know us";
  EXPECT_EQ(it.losses.size(), 1u);
}

TEST(EngineKeys, WithoutAPublicKeyThereIsNoWayToAskAndTheDenialIsReported) {
  options settings = test::options_with_key(10);
  settings.public_keys.clear();
  world it(std::move(settings));
  EXPECT_FALSE(it.run_to_end(it.call(1)));
  it.server.remove_key(it.key_id(), it.clock.now());
  EXPECT_EQ(it.run_to_end(it.call(2)), errc::auth_key_unknown);

  options nobody = forward_secret_with_key(11);
  nobody.public_keys.clear();
  world other(std::move(nobody));
  EXPECT_EQ(other.run_to_end(other.call(1)), errc::bad_options);
}

//= ERR-12 test
TEST(EngineKeys, ADuplicatedKeyIsDeadAndAnotherTakesItsPlace) {
  for (const bool secret : {false, true}) {
    world it(secret ? forward_secret() : reasonable_options());
    EXPECT_FALSE(it.run_to_end(it.call(1)));
    const std::int64_t permanent = it.client.stored()->key.id();
    it.on_call = [&](const mtproto::request_event& request, int number) {
      if (number == 2)
        it.server.respond_error(request.session, request.msg_id, 406, "AUTH_KEY_DUPLICATED",
                                it.clock.now());
      else
        it.server.respond(request.session, request.msg_id, answer_to(number), it.clock.now());
    };
    EXPECT_EQ(it.run_to_end(it.call(2)), api_errc::AUTH_KEY_DUPLICATED);
    EXPECT_FALSE(it.run_to_end(it.call(3)));
    EXPECT_NE(it.client.stored()->key.id(), permanent);
    ASSERT_EQ(it.losses.size(), 1u);
    EXPECT_EQ(it.losses.front(), api_errc::AUTH_KEY_DUPLICATED);
  }
}

//= ERR-06 test
TEST(EngineKeys, AnErrorThatMeansLoggedOutIsToldAsSuch) {
  for (const char* text : {"AUTH_KEY_UNREGISTERED", "AUTH_KEY_INVALID", "USER_DEACTIVATED",
                           "SESSION_REVOKED", "SESSION_EXPIRED"}) {
    world it;
    it.on_call = [&](const mtproto::request_event& request, int) {
      it.server.respond_error(request.session, request.msg_id, 401, text, it.clock.now());
    };
    const operation_id one = it.call(1);
    const std::error_code outcome = it.run_to_end(one);
    EXPECT_EQ(outcome, api_group::unauthorized) << text;
    EXPECT_EQ(it.losses, std::vector{outcome}) << text;
    EXPECT_EQ(it.runs[1], 1) << text;
  }
}

TEST(EngineKeys, RequestsRunOnceWhereverAForwardSecretConnectionIsCut) {
  std::size_t bytes = 1;
  bool broke = true;
  for (; broke && !HasFailure(); bytes += 97) {
    world it(forward_secret_with_key(12));
    it.bytes_to_live = bytes;
    const operation_id one = it.call(1);
    const operation_id two = it.call(2);
    EXPECT_FALSE(it.run_to_end(one)) << bytes;
    EXPECT_FALSE(it.run_to_end(two)) << bytes;
    it.pass(seconds(20));
    for (const int number : {1, 2}) EXPECT_EQ(it.runs[number], 1) << bytes;
    broke = !it.bytes_to_live;
  }
  EXPECT_GT(bytes, 2000u);
}

}  // namespace
}  // namespace corogram::rpc
