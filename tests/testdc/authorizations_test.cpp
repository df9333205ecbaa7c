#include <corogram/api/functions/account/updateStatus.hpp>
#include <corogram/api/functions/auth/exportAuthorization.hpp>
#include <corogram/api/functions/auth/importAuthorization.hpp>
#include <corogram/api/types/User.hpp>
#include <corogram/api/types/auth/Authorization.hpp>
#include <corogram/api/types/auth/ExportedAuthorization.hpp>
#include <corogram/mtproto/session_client.hpp>
#include <corogram/testdc/authorizations.hpp>
#include <corogram/tl/codec.hpp>

#include <gtest/gtest.h>

#include <variant>

namespace corogram::testdc {
namespace {

constexpr mtproto::connection_id connection = 1;
constexpr std::int64_t user = 4711;

mtproto::auth_key make_key(std::int32_t dc_id) {
  core::secret_array<256> bytes;
  core::test_random(static_cast<std::uint64_t>(dc_id)).fill(bytes.span());
  return mtproto::auth_key(std::move(bytes));
}

/// A data centre that has one client, with a key of its own.
struct member {
  member(std::int32_t dc_id, authorizations& all, core::instant now)
      : random(static_cast<std::uint64_t>(dc_id)),
        center(make_address(dc_id), lenient(), random),
        client(mtproto::client_session_config(make_key(dc_id)), random) {
    all.serve(center);
    EXPECT_TRUE(center.protocol().add_key({make_key(dc_id), 0, {}}, now));
    center.connection_opened(connection, now);
    client.connection_opened(now);
  }

  static address make_address(std::int32_t dc_id) {
    address self;
    self.dc_id = dc_id;
    return self;
  }
  static mtproto::server_config lenient() {
    mtproto::server_config config;
    config.exchange.strictness = mtproto::policy(mtproto::strictness::lax);
    return config;
  }

  [[nodiscard]] std::int64_t key_id() const { return client.key().id(); }

  /// Makes a call; the answer, or the error's text.
  template <class Function>
  std::variant<core::byte_buffer, std::string> call(const Function& query, core::instant now) {
    const mtproto::request_id request = client.submit(tl::encode(query));
    std::variant<core::byte_buffer, std::string> outcome;
    for (int round = 0; round < 10; ++round) {
      mtproto::outgoing_packet packet;
      while (client.poll_transmit(packet, now))
        center.handle_packet(connection, packet.packet.span(), false, now);
      mtproto::server_output output;
      while (center.poll_transmit(output, now)) {
        if (auto* const sent = std::get_if<mtproto::send_packet>(&output.action))
          client.handle_packet(sent->packet.span(), now);
      }
      while (auto event = client.poll_event()) {
        if (auto* const answer = std::get_if<mtproto::answer>(&*event);
            answer != nullptr && answer->request == request)
          outcome = std::move(answer->body);
        if (auto* const error = std::get_if<mtproto::rpc_error>(&*event);
            error != nullptr && error->request == request)
          outcome = std::move(error->message);
      }
    }
    return outcome;
  }

  core::test_random random;
  data_center center;
  mtproto::client_session client;
};

class Authorizations : public testing::Test {
 protected:
  /// What DC 2 exports for another.
  core::byte_buffer exported_to(std::int32_t dc_id) {
    api::auth::exportAuthorization query;
    query.dc_id = dc_id;
    const auto outcome = two.call(query, now);
    const auto* const body = std::get_if<core::byte_buffer>(&outcome);
    if (body == nullptr) return {};
    const auto answer = tl::decode_view<tl::box<api::auth::ExportedAuthorization>>(*body);
    const auto& exported = *(*answer)->get_if<api::auth::exportedAuthorization>();
    EXPECT_EQ(exported.id, user);
    return {exported.bytes.begin(), exported.bytes.end()};
  }

  std::variant<core::byte_buffer, std::string> import_at(member& where,
                                                         const core::byte_buffer& bytes,
                                                         std::int64_t id = user) {
    api::auth::importAuthorization query;
    query.id = id;
    query.bytes = bytes;
    return where.call(query, now);
  }

  core::instant now{std::chrono::hours(1), std::chrono::seconds(1'800'000'000)};
  core::test_random random{1};
  authorizations all{random};
  member two{2, all, now};
  member four{4, all, now};
};

TEST_F(Authorizations, AnExportedAuthorizationActsForTheSameUserElsewhere) {
  all.sign_in(2, two.key_id(), user);
  const api::account::updateStatus status;
  EXPECT_EQ(std::get<std::string>(four.call(status, now)), "AUTH_KEY_UNREGISTERED");
  const auto imported = import_at(four, exported_to(4));
  ASSERT_TRUE(std::holds_alternative<core::byte_buffer>(imported));
  EXPECT_EQ(all.user_of(4, four.key_id()), user);
  EXPECT_TRUE(std::holds_alternative<core::byte_buffer>(four.call(status, now)));
  all.sign_out(4, four.key_id());
  EXPECT_EQ(std::get<std::string>(four.call(status, now)), "AUTH_KEY_UNREGISTERED");
}

//= DC-07 test
TEST_F(Authorizations, NothingIsExportedToADataCentreThatIsNotThereOrForNobody) {
  api::auth::exportAuthorization query;
  query.dc_id = 4;
  EXPECT_EQ(std::get<std::string>(two.call(query, now)), "AUTH_KEY_UNREGISTERED");
  all.sign_in(2, two.key_id(), user);
  for (const std::int32_t dc_id : {99, 0, -4}) {
    query.dc_id = dc_id;
    EXPECT_EQ(std::get<std::string>(two.call(query, now)), "DC_ID_INVALID");
  }
}

//= DC-08 test
TEST_F(Authorizations, WhatWasExportedForAnotherOrChangedOnTheWayIsRefused) {
  all.sign_in(2, two.key_id(), user);
  const core::byte_buffer bytes = exported_to(4);
  const auto refused = [&](member& where, const core::byte_buffer& given, std::int64_t id) {
    const auto outcome = import_at(where, given, id);
    return std::holds_alternative<std::string>(outcome) &&
           std::get<std::string>(outcome) == "AUTH_BYTES_INVALID";
  };
  EXPECT_TRUE(refused(two, bytes, user)) << "for DC 4, not for DC 2";
  EXPECT_TRUE(refused(four, bytes, user + 1));
  for (std::size_t place = 0; place < bytes.size(); ++place) {
    core::byte_buffer changed = bytes;
    changed[place] ^= 1;
    EXPECT_TRUE(refused(four, changed, user)) << place;
  }
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_TRUE(refused(four, {bytes.begin(), bytes.begin() + static_cast<long>(size)}, user));
  EXPECT_FALSE(refused(four, bytes, user));

  const core::byte_buffer late = exported_to(4);
  now = core::later(now, export_lifetime + std::chrono::seconds(1));
  EXPECT_TRUE(refused(four, late, user));
}

//= PFS-22 test
TEST_F(Authorizations, TheKeyOfOneDataCentreMeansNothingToAnother) {
  mtproto::client_session stranger(mtproto::client_session_config(make_key(2)), random);
  stranger.connection_opened(now);
  stranger.ping(1);
  mtproto::outgoing_packet packet;
  ASSERT_TRUE(stranger.poll_transmit(packet, now));
  constexpr mtproto::connection_id another = 2;
  four.center.connection_opened(another, now);
  four.center.handle_packet(another, packet.packet.span(), false, now);
  mtproto::server_output output;
  ASSERT_TRUE(four.center.poll_transmit(output, now));
  EXPECT_EQ(std::get<mtproto::send_transport_error>(output.action).code, -404);
}

}  // namespace
}  // namespace corogram::testdc
