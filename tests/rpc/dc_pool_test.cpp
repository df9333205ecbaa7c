// The pool of data centres with scripted connections: what it asks of which, and what it makes of
// the answers.

#include <corogram/api/functions/auth/exportAuthorization.hpp>
#include <corogram/api/functions/auth/importAuthorization.hpp>
#include <corogram/api/functions/help/getConfig.hpp>
#include <corogram/api/functions/help/getNearestDc.hpp>
#include <corogram/api/types/Config.hpp>
#include <corogram/api/types/NearestDc.hpp>
#include <corogram/api/types/Update.hpp>
#include <corogram/api/types/Updates.hpp>
#include <corogram/api/types/auth/ExportedAuthorization.hpp>
#include <corogram/rpc/dc_pool.hpp>
#include <corogram/rpc/errc.hpp>
#include <corogram/tl/codec.hpp>

#include <gtest/gtest.h>

namespace corogram::rpc {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr dc_target main_2{2, false};
constexpr dc_target main_4{4, false};

const core::byte_buffer question = {1, 2, 3, 4};
const core::byte_buffer reply_bytes = {5, 6, 7, 8};

api::dcOption option(std::int32_t id, const char* host, std::int32_t port) {
  api::dcOption made;
  made.id = id;
  made.ip_address = host;
  made.port = port;
  return made;
}

/// help.getConfig's answer with DCs 1 to 5.
core::byte_buffer config_answer(std::int32_t lifetime = 3600) {
  api::config config;
  config.date = 1'700'000'000;
  config.expires = config.date + lifetime;
  config.this_dc = 2;
  for (std::int32_t id = 1; id <= 5; ++id)
    config.dc_options.push_back(option(id, "127.0.0.9", 4000 + id));
  return tl::encode(config);
}

/// A pool and what its connections were asked.
struct driven {
  explicit driven(pool_options settings = two_addresses()) : pool(std::move(settings)) {}

  static pool_options two_addresses() {
    pool_options settings;
    settings.addresses.emplace_back(2, endpoint("127.0.0.2", 443));
    settings.addresses.emplace_back(4, endpoint("127.0.0.4", 443));
    return settings;
  }

  pool_operation submit(pool_request how = {}) {
    return pool.submit(question, std::move(how), now);
  }

  /// What is asked next, of those things that answer: the orders between are noted.
  make_call next_call() {
    while (auto order = pool.poll_order()) {
      if (auto* const made = std::get_if<make_call>(&*order)) return *std::move(made);
      if (const auto* const one = std::get_if<open_connection>(&*order))
        opened[one->target] = one->endpoints;
      if (const auto* const one = std::get_if<use_endpoints>(&*order))
        opened[one->target] = one->endpoints;
      if (std::holds_alternative<cancel_call>(*order)) ++cancellations;
    }
    ADD_FAILURE() << "nothing was asked";
    return {};
  }
  bool is_idle() {
    while (const auto order = pool.poll_order()) {
      if (std::holds_alternative<make_call>(*order)) return false;
      if (std::holds_alternative<cancel_call>(*order)) ++cancellations;
      if (const auto* const one = std::get_if<use_endpoints>(&*order))
        opened[one->target] = one->endpoints;
    }
    return true;
  }

  void answer(const make_call& call, core::byte_buffer body) {
    call_outcome outcome;
    outcome.body = std::move(body);
    pool.answered(call.call, std::move(outcome), now);
    take_events();
  }
  void refuse(const make_call& call, std::int32_t code, std::string_view text) {
    call_outcome outcome;
    outcome.details = parse_rpc_error(code, text);
    outcome.failure = outcome.details.error_code();
    pool.answered(call.call, std::move(outcome), now);
    take_events();
  }
  /// The first thing that any pool asks.
  void answer_config(std::int32_t lifetime = 3600) {
    const make_call call = next_call();
    EXPECT_EQ(tl::peek_id(call.body), api::help::getConfig::tl_id);
    answer(call, config_answer(lifetime));
  }
  void take_events() {
    while (auto event = pool.poll_event()) {
      if (auto* const end = std::get_if<pool_finished>(&*event)) {
        EXPECT_FALSE(finished.contains(end->operation)) << "a request ends once";
        finished.emplace(end->operation, std::move(*end));
      } else if (const auto* const moved = std::get_if<main_dc_changed>(&*event)) {
        moves.push_back(moved->dc_id);
      } else if (const auto* const out = std::get_if<logged_out>(&*event)) {
        logouts.push_back(out->why);
      }
    }
  }
  /// Plays the hand-over of the authorisation from `home` to `to`.
  void hand_over(const dc_target& home, const dc_target& to) {
    const make_call exporting = next_call();
    EXPECT_EQ(exporting.target, home);
    const auto asked = tl::decode_view<api::auth::exportAuthorization>(exporting.body);
    ASSERT_TRUE(asked);
    EXPECT_EQ((*asked)->dc_id, to.dc_id);
    api::auth::exportedAuthorization exported;
    exported.id = 77;
    exported.bytes = reply_bytes;
    answer(exporting, tl::encode(exported));
    const make_call importing = next_call();
    EXPECT_EQ(importing.target, to);
    const auto given = tl::decode_view<api::auth::importAuthorization>(importing.body);
    ASSERT_TRUE(given);
    EXPECT_EQ((*given)->id, 77);
    EXPECT_EQ((*given)->bytes.size(), reply_bytes.size());
    answer(importing, reply_bytes);
  }

  core::instant now{std::chrono::hours(1), std::chrono::seconds(1'700'000'000)};
  dc_pool pool;
  std::map<dc_target, std::vector<endpoint>> opened;
  std::map<pool_operation, pool_finished> finished;
  std::vector<std::int32_t> moves;
  std::vector<std::error_code> logouts;
  int cancellations = 0;
};

pool_options with_user() {
  pool_options settings = driven::two_addresses();
  settings.signed_in = true;
  return settings;
}

TEST(DcPool, ARequestGoesToTheMainDataCentre) {
  driven it;
  const pool_operation one = it.submit();
  it.answer_config();
  const make_call call = it.next_call();
  EXPECT_EQ(call.target, main_2);
  EXPECT_EQ(call.body, question);
  it.answer(call, reply_bytes);
  EXPECT_FALSE(it.finished.at(one).failure);
  EXPECT_EQ(it.finished.at(one).body, reply_bytes);
  EXPECT_TRUE(it.is_idle());
}

//= ERR-03 test
//= ERR-04 test
//= DC-09 test
//= DC-05 test
TEST(DcPool, BeforeSignInAMigrationMovesEverythingWithoutAnExport) {
  for (const char* text : {"PHONE_MIGRATE_4", "NETWORK_MIGRATE_4", "USER_MIGRATE_4"}) {
    driven it;
    const pool_operation one = it.submit();
    it.answer_config();
    it.refuse(it.next_call(), 303, text);
    const make_call again = it.next_call();
    EXPECT_EQ(again.target, main_4) << text;
    EXPECT_EQ(again.body, question);
    ASSERT_TRUE(it.opened.contains(main_4)) << "a connection, and a key, of its own";
    it.answer(again, reply_bytes);
    EXPECT_FALSE(it.finished.at(one).failure) << text;
    EXPECT_EQ(it.moves, std::vector<std::int32_t>{4});
    it.submit();
    EXPECT_EQ(it.next_call().target, main_4) << "what is not related goes there too";
  }
}

//= ERR-03 test
//= ERR-04 test
//= DC-11 test
TEST(DcPool, AFileOrItsStatisticsMoveOnlyTheirOwnRequest) {
  for (const std::int32_t code : {303, 400}) {
    for (const char* text : {"FILE_MIGRATE_4", "STATS_MIGRATE_4"}) {
      driven it;
      const pool_operation one = it.submit();
      it.answer_config();
      it.refuse(it.next_call(), code, text);
      const make_call again = it.next_call();
      EXPECT_EQ(again.target, main_4) << text;
      it.answer(again, reply_bytes);
      EXPECT_FALSE(it.finished.at(one).failure) << text;
      EXPECT_TRUE(it.moves.empty());
      it.submit();
      EXPECT_EQ(it.next_call().target, main_2);
    }
  }
}

//= DC-06 test
//= DC-10 test
TEST(DcPool, ASignedInUserIsBroughtAlong) {
  driven it(with_user());
  const pool_operation one = it.submit();
  it.answer_config();
  it.refuse(it.next_call(), 303, "USER_MIGRATE_4");
  it.hand_over(main_2, main_4);
  const make_call again = it.next_call();
  EXPECT_EQ(again.target, main_4);
  it.answer(again, reply_bytes);
  EXPECT_FALSE(it.finished.at(one).failure);

  pool_request elsewhere;
  elsewhere.dc_id = 1;
  it.submit(elsewhere);
  it.hand_over(main_4, {1, false});
  EXPECT_EQ(it.next_call().target, (dc_target{1, false})) << "4 is home now";
}

//= DC-06 test
TEST(DcPool, TheAuthorisationIsBroughtOnceForManyRequests) {
  driven it(with_user());
  pool_request elsewhere;
  elsewhere.dc_id = 4;
  for (int count = 0; count < 3; ++count) it.submit(elsewhere);
  it.answer_config();
  it.hand_over(main_2, main_4);
  for (int count = 0; count < 3; ++count) it.answer(it.next_call(), reply_bytes);
  EXPECT_EQ(it.finished.size(), 3u);
  EXPECT_TRUE(it.is_idle());
}

//= DC-06 test
//= PFS-19 test
TEST(DcPool, AnAuthorisationThatIsLostElsewhereIsImportedAgain) {
  driven it(with_user());
  pool_request elsewhere;
  elsewhere.dc_id = 4;
  const pool_operation one = it.submit(elsewhere);
  it.answer_config();
  it.hand_over(main_2, main_4);
  it.refuse(it.next_call(), 401, "AUTH_KEY_UNREGISTERED");
  it.hand_over(main_2, main_4);
  it.answer(it.next_call(), reply_bytes);
  EXPECT_FALSE(it.finished.at(one).failure);

  it.pool.authorization_lost(main_4, api_error(400, "ENCRYPTED_MESSAGE_INVALID"));
  it.submit(elsewhere);
  it.hand_over(main_2, main_4);
  it.refuse(it.next_call(), 401, "AUTH_KEY_UNREGISTERED");
  it.hand_over(main_2, main_4);
  it.refuse(it.next_call(), 401, "AUTH_KEY_UNREGISTERED");
  EXPECT_EQ(it.finished.size(), 2u) << "not for ever";
  EXPECT_TRUE(it.logouts.empty());
}

//= ERR-06 test
TEST(DcPool, AnAuthorisationThatIsLostAtHomeIsLost) {
  driven it(with_user());
  const pool_operation one = it.submit();
  it.answer_config();
  it.refuse(it.next_call(), 401, "SESSION_REVOKED");
  EXPECT_EQ(it.finished.at(one).failure, api_errc::SESSION_REVOKED);
  ASSERT_EQ(it.logouts.size(), 1u);
  EXPECT_EQ(it.logouts.front(), api_errc::SESSION_REVOKED);
  pool_request elsewhere;
  elsewhere.dc_id = 4;
  it.submit(elsewhere);
  EXPECT_EQ(it.next_call().body, question) << "nothing to export";
}

TEST(DcPool, AFailedHandOverEndsThoseThatWaitForIt) {
  driven it(with_user());
  pool_request elsewhere;
  elsewhere.dc_id = 4;
  const pool_operation one = it.submit(elsewhere);
  const pool_operation two = it.submit(elsewhere);
  it.answer_config();
  it.refuse(it.next_call(), 400, "DC_ID_INVALID");
  EXPECT_EQ(it.finished.at(one).failure, api_errc::DC_ID_INVALID);
  EXPECT_EQ(it.finished.at(two).failure, api_errc::DC_ID_INVALID);
}

TEST(DcPool, DataCentresThatSendARequestInCirclesAreNotObeyedForEver) {
  driven it;
  const pool_operation one = it.submit();
  it.answer_config();
  for (int count = 0; count < 6; ++count)
    it.refuse(it.next_call(), 303, count % 2 == 0 ? "USER_MIGRATE_4" : "USER_MIGRATE_2");
  EXPECT_EQ(it.finished.at(one).failure, errc::too_many_migrations);
  const pool_operation two = it.submit();
  it.refuse(it.next_call(), 303, "USER_MIGRATE_99999999999");
  EXPECT_EQ(it.finished.at(two).failure, api_errc::USER_MIGRATE_X);
}

//= DC-01 test
TEST(DcPool, ADataCentreThatIsNotKnownYetIsLookedUp) {
  driven it;
  pool_request elsewhere;
  elsewhere.dc_id = 5;
  const pool_operation one = it.submit(elsewhere);
  elsewhere.dc_id = 6;
  const pool_operation two = it.submit(elsewhere);
  it.answer_config();
  const make_call call = it.next_call();
  EXPECT_EQ(call.target, (dc_target{5, false}));
  ASSERT_EQ(it.opened.at(call.target).size(), 1u);
  EXPECT_EQ(it.opened.at(call.target).front().port, 4005);
  it.answer(call, reply_bytes);
  EXPECT_FALSE(it.finished.at(one).failure);
  EXPECT_EQ(it.finished.at(two).failure, errc::unknown_dc);
}

//= DC-01 test
//= DC-04 test
TEST(DcPool, AddressesAreAskedForAgainWhenTheyExpireAndTakenFromUpdates) {
  driven it;
  it.submit();
  it.answer_config(600);
  it.next_call();
  EXPECT_TRUE(it.is_idle());
  EXPECT_EQ(it.opened.at(main_2).front().port, 4002) << "the next connection goes there";
  EXPECT_EQ(it.pool.poll_deadline(), it.now.steady + seconds(600));

  api::updateDcOptions changed;
  changed.dc_options.push_back(option(2, "127.0.0.9", 5002));
  api::updateShort update;
  update.update = std::move(changed);
  it.pool.updated(tl::encode(update), it.now);
  EXPECT_TRUE(it.is_idle());
  EXPECT_EQ(it.opened.at(main_2).front().port, 5002);
  EXPECT_EQ(it.pool.addresses().known().size(), 5u) << "the others are as they were";

  it.now = core::later(it.now, minutes(10));
  it.pool.handle_timeout(it.now);
  it.answer_config();
  EXPECT_TRUE(it.is_idle());
  EXPECT_EQ(it.opened.at(main_2).front().port, 4002);
}

TEST(DcPool, AConfigThatIsNotAnsweredIsAskedForLater) {
  driven it;
  it.submit();
  it.refuse(it.next_call(), 500, "INTERNAL");
  EXPECT_EQ(it.pool.poll_deadline(), it.now.steady + minutes(1));
  it.next_call();
  it.now = core::later(it.now, minutes(1));
  it.pool.handle_timeout(it.now);
  it.answer_config();
}

//= DC-12 test
TEST(DcPool, TheNearestDataCentreIsChosenBeforeTheFirstRequest) {
  pool_options settings = driven::two_addresses();
  settings.choose_nearest = true;
  driven it(std::move(settings));
  it.submit();
  it.answer_config();
  const make_call asked = it.next_call();
  EXPECT_EQ(tl::peek_id(asked.body), api::help::getNearestDc::tl_id);
  EXPECT_TRUE(it.is_idle()) << "the request waits";
  api::nearestDc nearest;
  nearest.this_dc = 2;
  nearest.nearest_dc = 4;
  it.answer(asked, tl::encode(nearest));
  EXPECT_EQ(it.next_call().target, main_4);
  EXPECT_EQ(it.moves, std::vector<std::int32_t>{4});
}

TEST(DcPool, ACancelledRequestEndsAtOnceAndItsAnswerIsIgnored) {
  driven it;
  const pool_operation one = it.submit();
  it.answer_config();
  const make_call call = it.next_call();
  it.pool.cancel(one);
  it.take_events();
  EXPECT_EQ(it.finished.at(one).failure, cancelled());
  EXPECT_TRUE(it.is_idle());
  EXPECT_EQ(it.cancellations, 1);
  it.answer(call, reply_bytes);
  EXPECT_EQ(it.finished.size(), 1u);
}

//= DC-03 test
TEST(DcAddresses, MediaAddressesServeMediaOnlyAndComeFirstThere) {
  tl::vector<tl::box<api::DcOption>> list;
  api::dcOption media = option(2, "127.0.0.5", 1);
  media.set_media_only();
  api::dcOption cdn = option(2, "127.0.0.6", 1);
  cdn.set_cdn();
  api::dcOption ipv6 = option(2, "::1", 1);
  ipv6.set_ipv6();
  list.push_back(option(2, "127.0.0.4", 1));
  for (const auto& one : {media, cdn, ipv6, option(2, "127.0.0.7", 0)}) list.push_back(one);
  dc_addresses addresses({});
  addresses.take_all(list);
  const auto hosts = [&](bool for_media, bool with_ipv6) {
    std::vector<std::string> found;
    for (const auto& one : addresses.endpoints_of({2, for_media}, with_ipv6))
      found.push_back(one.host);
    return found;
  };
  using names = std::vector<std::string>;
  EXPECT_EQ(hosts(false, false), names{"127.0.0.4"});
  EXPECT_EQ(hosts(true, false), (names{"127.0.0.5", "127.0.0.4"}));
  EXPECT_EQ(hosts(false, true), (names{"127.0.0.4", "::1"}));
}

//= WS-01 test
//= WS-02 test
TEST(DcAddresses, NoPortIsTriedButThoseOfTheList) {
  tl::vector<tl::box<api::DcOption>> list;
  api::dcOption only = option(2, "127.0.0.4", 5222);
  only.set_this_port_only();
  for (const auto& one : {only, option(2, "127.0.0.5", 8443)}) list.push_back(one);
  dc_addresses addresses({});
  addresses.take_all(list);
  std::vector<std::pair<std::string, int>> found;
  for (const endpoint& one : addresses.endpoints_of({2, false}, true))
    found.emplace_back(one.host, one.port);
  EXPECT_EQ(found,
            (std::vector<std::pair<std::string, int>>{{"127.0.0.4", 5222}, {"127.0.0.5", 8443}}));
}

//= WS-03 test
TEST(DcPool, Ipv6ComesFirstWhereTheServerRecommendsIt) {
  for (const bool recommended : {false, true}) {
    pool_options settings = driven::two_addresses();
    settings.ipv6 = true;
    driven it(std::move(settings));
    it.submit();
    api::config config;
    config.expires = 3600;
    if (recommended) config.set_force_try_ipv6();
    api::dcOption ipv6 = option(2, "::1", 443);
    ipv6.set_ipv6();
    for (const auto& one : {option(2, "127.0.0.9", 443), ipv6}) config.dc_options.push_back(one);
    it.answer(it.next_call(), tl::encode(config));
    it.next_call();
    EXPECT_TRUE(it.is_idle()) << "the next connection goes there";
    ASSERT_EQ(it.opened.at(main_2).size(), 2u);
    EXPECT_EQ(it.opened.at(main_2).front().host, recommended ? "::1" : "127.0.0.9");
  }
}

//= DC-02 test
TEST(DcAddresses, WhatHasToBeObfuscatedIs) {
  tl::vector<tl::box<api::DcOption>> list;
  api::dcOption plain = option(2, "127.0.0.4", 1);
  api::dcOption tcpo = option(2, "127.0.0.5", 1);
  tcpo.set_tcpo_only();
  api::dcOption secret = option(2, "127.0.0.6", 1);
  secret.set_secret(core::byte_buffer(16, core::byte{7}));
  api::dcOption broken = option(2, "127.0.0.7", 1);
  broken.set_secret(core::byte_buffer(3));
  for (const auto& one : {plain, tcpo, secret, broken}) list.push_back(one);
  dc_addresses addresses({});
  addresses.take_all(list);
  const auto found = addresses.endpoints_of({2, false}, false);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_FALSE(found[0].obfuscated);
  EXPECT_TRUE(found[1].obfuscated);
  EXPECT_EQ(found[1].secret, nullptr);
  EXPECT_TRUE(found[2].obfuscated);
  ASSERT_NE(found[2].secret, nullptr);
  EXPECT_EQ(found[2].secret->key()[15], core::byte{7});
}

}  // namespace
}  // namespace corogram::rpc
