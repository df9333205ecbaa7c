#include <corogram/api/functions/auth/bindTempAuthKey.hpp>
#include <corogram/api/functions/auth/sendCode.hpp>
#include <corogram/api/functions/help/getAppConfig.hpp>
#include <corogram/api/functions/help/getConfig.hpp>
#include <corogram/api/functions/help/getNearestDc.hpp>
#include <corogram/api/functions/initConnection.hpp>
#include <corogram/api/functions/invokeAfterMsg.hpp>
#include <corogram/api/functions/invokeWithLayer.hpp>
#include <corogram/api/functions/invokeWithoutUpdates.hpp>
#include <corogram/api/functions/updates/getState.hpp>
#include <corogram/api/types/CodeSettings.hpp>
#include <corogram/api/types/Config.hpp>
#include <corogram/api/types/DcOption.hpp>
#include <corogram/api/types/JSONValue.hpp>
#include <corogram/api/types/NearestDc.hpp>
#include <corogram/api/types/help/AppConfig.hpp>
#include <corogram/mtproto/pfs.hpp>
#include <corogram/mtproto/session_client.hpp>
#include <corogram/testdc/data_center.hpp>
#include <corogram/tl/codec.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>

namespace corogram::testdc {
namespace {

using namespace std::chrono_literals;

constexpr core::instant start{1h, std::chrono::seconds(1'800'000'000)};
constexpr mtproto::connection_id connection = 1;

mtproto::auth_key make_key(std::uint64_t seed) {
  core::secret_array<256> bytes;
  core::test_random(seed).fill(bytes.span());
  return mtproto::auth_key(std::move(bytes));
}

/// How a call ended: with an object, or with an error.
struct outcome {
  core::byte_buffer body;
  std::int32_t code = 0;
  std::string message;

  [[nodiscard]] std::string error() const { return std::to_string(code) + ' ' + message; }
};

/// A data centre and one client session with a provisioned key, in one process on a manual clock.
class DataCenterTest : public testing::Test {
 protected:
  explicit DataCenterTest(mtproto::policy policy = {}, std::optional<std::int32_t> expires_at = {})
      : center_(make_address(), make_protocol(policy), random_),
        client_(make_client(make_key(1)), random_) {
    std::optional<mtproto::key_expiry> expiry;
    if (expires_at) expiry = mtproto::key_expiry{start.steady + 24h, *expires_at};
    EXPECT_TRUE(center_.protocol().add_key({make_key(1), 0, expiry}, now_));
    center_.connection_opened(connection, now_);
    client_.connection_opened(now_);
  }

  static address make_address() {
    address self;
    self.dc_id = 4;
    self.port = 12345;
    return self;
  }

  static mtproto::server_config make_protocol(const mtproto::policy& policy) {
    mtproto::server_config config;
    config.exchange.strictness = policy;
    static const auto pem = crypto::rsa_private_key::generate().to_pem();
    config.exchange.keys.push_back(*crypto::rsa_private_key::from_pem(core::as_text(pem.view())));
    return config;
  }

  static mtproto::client_session_config make_client(mtproto::auth_key key) {
    mtproto::client_session_config config(std::move(key));
    config.server_time_known = true;
    return config;
  }

  /// Moves packets and notes events until both sides are silent.
  void settle() {
    for (bool busy = true; busy;) {
      busy = false;
      mtproto::outgoing_packet to_server;
      while (client_.poll_transmit(to_server, now_)) {
        center_.handle_packet(connection, to_server.packet.span(), false, now_);
        busy = true;
      }
      mtproto::server_output to_client;
      while (center_.poll_transmit(to_client, now_)) {
        if (auto* const sent = std::get_if<mtproto::send_packet>(&to_client.action))
          client_.handle_packet(sent->packet.span(), now_);
        busy = true;
      }
      while (auto event = client_.poll_event()) note(*std::move(event));
      while (auto event = center_.poll_event()) note(*std::move(event));
    }
  }

  void note(mtproto::client_event event) {
    if (auto* const answer = std::get_if<mtproto::answer>(&event))
      outcomes_[answer->request].body = std::move(answer->body);
    if (const auto* const error = std::get_if<mtproto::rpc_error>(&event))
      outcomes_[error->request] = {{}, error->code, error->message};
  }

  void note(data_center_event event) {
    if (const auto* const protocol = std::get_if<mtproto::server_event>(&event))
      if (const auto* const violation = std::get_if<mtproto::violation_event>(protocol))
        violations_.insert(violation->what.which);
  }

  void advance(std::chrono::nanoseconds step) {
    now_ = core::later(now_, step);
    center_.handle_timeout(now_);
    client_.handle_timeout(now_);
    settle();
  }

  outcome call(core::byte_buffer body) {
    const mtproto::request_id request = client_.submit(std::move(body));
    settle();
    return outcomes_[request];
  }

  mtproto::session_key session() const { return {client_.key().id(), client_.session_id()}; }

  core::test_random random_{7};
  core::instant now_ = start;
  data_center center_;
  mtproto::client_session client_;
  std::map<mtproto::request_id, outcome> outcomes_;
  std::set<mtproto::rule> violations_;
};

core::byte_buffer with_layer(std::int32_t layer, core::byte_buffer query) {
  api::initConnection init;
  init.api_id = 1;
  init.device_model = "Device";
  init.app_version = "1.0";
  init.query = query;
  api::invokeWithLayer wrapper;
  wrapper.layer = layer;
  wrapper.query = tl::encode(init);
  return tl::encode(wrapper);
}

//= DC-01 test
TEST_F(DataCenterTest, ListsEveryDataCentreStaticAndNot) {
  const outcome answer = call(with_layer(227, tl::encode(api::help::getConfig())));
  const auto config = tl::decode_view<api::config>(answer.body);
  ASSERT_TRUE(config) << answer.error();
  EXPECT_EQ((*config)->this_dc, 4);
  EXPECT_EQ((*config)->date, 1'800'000'000);
  EXPECT_GT((*config)->expires, (*config)->date);
  EXPECT_FALSE((*config)->has_tmp_sessions());
  std::set<std::pair<std::int32_t, bool>> listed;
  for (const auto& box : (*config)->dc_options) {
    const auto* const option = box.get_if<api::dcOption>();
    ASSERT_NE(option, nullptr);
    EXPECT_EQ(option->ip_address, "127.0.0.1");
    EXPECT_EQ(option->port, 12345);
    listed.emplace(option->id, option->static_());
  }
  EXPECT_EQ(listed.size(), 10u);
}

//= DC-12 test
TEST_F(DataCenterTest, IsTheNearestOne) {
  const outcome answer = call(with_layer(227, tl::encode(api::help::getNearestDc())));
  const auto nearest = tl::decode_view<api::nearestDc>(answer.body);
  ASSERT_TRUE(nearest) << answer.error();
  EXPECT_EQ((*nearest)->this_dc, 4);
  EXPECT_EQ((*nearest)->nearest_dc, 4);
}

TEST_F(DataCenterTest, SendsItsConfigurationOnce) {
  api::help::getAppConfig query;
  const outcome first = call(with_layer(227, tl::encode(query)));
  const auto config = tl::decode_view<api::help::appConfig>(first.body);
  ASSERT_TRUE(config) << first.error();
  query.hash = (*config)->hash;
  const outcome second = call(tl::encode(query));
  EXPECT_TRUE(tl::decode_view<api::help::appConfigNotModified>(second.body)) << second.error();
}

TEST_F(DataCenterTest, RefusesWhatItLacksWithTheErrorThatFits) {
  (void)call(with_layer(227, tl::encode(api::help::getConfig())));
  EXPECT_EQ(call(tl::encode(api::updates::getState())).error(), "401 AUTH_KEY_UNREGISTERED");
  api::auth::sendCode send_code;
  send_code.settings = api::codeSettings();
  EXPECT_EQ(call(tl::encode(send_code)).error(), "400 METHOD_INVALID");
  EXPECT_EQ(call({0x01, 0x02, 0x03, 0x04}).error(), "400 INPUT_METHOD_INVALID");
  core::byte_buffer too_long = tl::encode(api::help::getConfig());
  too_long.resize(too_long.size() + 4);
  EXPECT_EQ(call(std::move(too_long)).error(), "400 INPUT_FETCH_ERROR");
  EXPECT_EQ(call(with_layer(0, tl::encode(api::help::getConfig()))).error(),
            "400 CONNECTION_LAYER_INVALID");
}

//= INV-04 test
TEST_F(DataCenterTest, RemembersTheLayerAndTheProgramWithTheKey) {
  (void)call(with_layer(158, tl::encode(api::help::getConfig())));
  const client_record* const client = center_.find_client(client_.key().id());
  ASSERT_NE(client, nullptr);
  EXPECT_EQ(client->layer, 158);
  EXPECT_EQ(client->client, "Device 1.0");
  EXPECT_TRUE(center_.wants_updates(session()));
}

/// The constructor of Config up to layer 144, of an answer to a client of `layer`.
TEST_F(DataCenterTest, AnswersInTheLayerOfTheClient) {
  constexpr std::uint32_t config_144 = 0x330b4067;
  const outcome older = call(with_layer(144, tl::encode(api::help::getConfig())));
  EXPECT_EQ(tl::peek_id(older.body), config_144) << older.error();
  const outcome newest = call(with_layer(227, tl::encode(api::help::getConfig())));
  EXPECT_EQ(tl::peek_id(newest.body), api::config::tl_id);
  // The flags word, then the date.
  EXPECT_EQ(core::load_le<std::uint32_t>(older.body.data() + 8), 1'800'000'000u);
}

//= INV-07 test
TEST_F(DataCenterTest, KeepsSessionsUnsubscribedThatAskForIt) {
  api::invokeWithoutUpdates quiet;
  quiet.query = with_layer(227, tl::encode(api::help::getConfig()));
  (void)call(tl::encode(quiet));
  EXPECT_FALSE(center_.wants_updates(session()));
}

//= INV-01 test
//= INV-14 test
TEST_F(DataCenterTest, RecordsWhatClientsDoToTheWrappers) {
  (void)call(tl::encode(api::updates::getState()));
  EXPECT_TRUE(violations_.contains(mtproto::rule::connection_inited));
  api::invokeAfterMsg after;
  after.query = tl::encode(api::help::getConfig());
  const mtproto::request_id request = client_.submit(with_layer(228, tl::encode(after)));
  settle();
  EXPECT_FALSE(outcomes_.contains(request));  // It names a message that never was.
  advance(500ms);
  EXPECT_EQ(outcomes_[request].error(), "400 MSG_WAIT_TIMEOUT");
}

class StrictDataCenterTest : public DataCenterTest {
 protected:
  StrictDataCenterTest() : DataCenterTest(mtproto::policy(mtproto::strictness::strict)) {}
};

TEST_F(StrictDataCenterTest, RefusesWhatClientsShouldNotDoToTheWrappers) {
  EXPECT_EQ(call(tl::encode(api::updates::getState())).error(), "400 CONNECTION_NOT_INITED");
  EXPECT_EQ(call(with_layer(228, tl::encode(api::help::getConfig()))).error(),
            "400 CONNECTION_LAYER_INVALID");
}

//= INV-09 test
//= INV-12 test
TEST_F(DataCenterTest, RunsACallAfterTheOneThatItNames) {
  (void)call(with_layer(227, tl::encode(api::help::getConfig())));
  for (const bool good : {true, false}) {
    const mtproto::request_id first = client_.submit(good ? tl::encode(api::help::getConfig())
                                                          : tl::encode(api::updates::getState()));
    mtproto::outgoing_packet packet;
    ASSERT_TRUE(client_.poll_transmit(packet, now_));
    const auto msg_id = client_.msg_id_of(first);
    ASSERT_TRUE(msg_id);
    api::invokeAfterMsg after;
    after.msg_id = *msg_id;
    after.query = tl::encode(api::help::getNearestDc());
    const mtproto::request_id second = client_.submit(tl::encode(after));
    mtproto::outgoing_packet later_packet;
    ASSERT_TRUE(client_.poll_transmit(later_packet, now_));

    // The second overtakes the first.
    center_.handle_packet(connection, later_packet.packet.span(), false, now_);
    settle();
    EXPECT_FALSE(outcomes_.contains(second));
    center_.handle_packet(connection, packet.packet.span(), false, now_);
    settle();
    EXPECT_EQ(outcomes_[second].error(), good ? "0 " : "400 MSG_WAIT_FAILED");
  }
}

TEST_F(DataCenterTest, AnswersByMethodsThatWereAddedNowOrLater) {
  (void)call(with_layer(227, tl::encode(api::help::getConfig())));
  bool late = false;
  std::int64_t waiting = 0;
  center_.add_method(api::updates::getState::tl_id,
                     [&](method_context&, const testdc::call& request) -> std::optional<reply> {
                       if (!late) return rpc_failure{400, "PEER_ID_INVALID"};
                       waiting = request.msg_id;
                       return std::nullopt;
                     });
  EXPECT_EQ(call(tl::encode(api::updates::getState())).error(), "400 PEER_ID_INVALID");

  late = true;
  const mtproto::request_id request = client_.submit(tl::encode(api::updates::getState()));
  settle();
  advance(5s);
  EXPECT_FALSE(outcomes_.contains(request));
  EXPECT_TRUE(center_.respond(session(), waiting, tl::encode(api::jsonNull()), now_));
  settle();
  EXPECT_EQ(outcomes_[request].body, tl::encode(api::jsonNull()));
  EXPECT_FALSE(center_.respond(session(), waiting, tl::encode(api::jsonNull()), now_));
}

TEST_F(DataCenterTest, ForgetsOpenCallsWithTheirSession) {
  (void)call(with_layer(227, tl::encode(api::help::getConfig())));
  std::int64_t waiting = 0;
  center_.add_method(api::updates::getState::tl_id,
                     [&](method_context&, const testdc::call& request) -> std::optional<reply> {
                       waiting = request.msg_id;
                       return std::nullopt;
                     });
  (void)call(tl::encode(api::updates::getState()));
  ASSERT_NE(waiting, 0);
  EXPECT_TRUE(center_.protocol().remove_session(session(), now_));
  advance(1s);
  EXPECT_FALSE(center_.respond(session(), waiting, tl::encode(api::jsonNull()), now_));
}

/// The client's key is a temporary one; a permanent one is known to the server, too.
class UnboundKeyTest : public DataCenterTest {
 protected:
  static constexpr std::int32_t expires_at = 1'800'086'400;

  UnboundKeyTest() : DataCenterTest({}, expires_at) {
    EXPECT_TRUE(center_.protocol().add_key({make_key(2), 0}, now_));
  }

  /// Binds, with whatever `change` makes of an otherwise right request.
  template <class Change>
  outcome bind(Change change) {
    const mtproto::request_id request =
        client_.submit_with([&](const mtproto::message_identity& message) {
          mtproto::key_binding binding{.nonce = 99,
                                       .temp_auth_key_id = client_.key().id(),
                                       .perm_auth_key_id = permanent_.id(),
                                       .temp_session_id = message.session_id,
                                       .expires_at = expires_at};
          std::int64_t msg_id = message.msg_id;
          api::auth::bindTempAuthKey query;
          query.perm_auth_key_id = binding.perm_auth_key_id;
          query.nonce = binding.nonce;
          query.expires_at = binding.expires_at;
          change(query, binding, msg_id);
          query.encrypted_message = mtproto::seal_binding(permanent_, binding, msg_id, random_);
          return tl::encode(query);
        });
    settle();
    return outcomes_[request];
  }

  mtproto::auth_key permanent_ = make_key(2);
};

//= PFS-05 test
TEST_F(UnboundKeyTest, MayCallNoMoreThanThreeMethods) {
  EXPECT_EQ(call(with_layer(227, tl::encode(api::help::getConfig()))).code, 0);
  EXPECT_EQ(call(tl::encode(api::help::getNearestDc())).code, 0);
  EXPECT_EQ(call(tl::encode(api::help::getAppConfig())).error(), "401 AUTH_KEY_PERM_EMPTY");
  EXPECT_EQ(call(tl::encode(api::updates::getState())).error(), "401 AUTH_KEY_PERM_EMPTY");
}

//= PFS-12 test
TEST_F(UnboundKeyTest, ActsForThePermanentKeyOnceBound) {
  const outcome answer = bind([](auto&, auto&, auto&) {});
  ASSERT_EQ(answer.code, 0) << answer.error();
  EXPECT_TRUE(**tl::decode_view<bool>(answer.body));
  EXPECT_EQ(center_.protocol().find_key(client_.key().id())->identity(), permanent_.id());
  (void)call(with_layer(150, tl::encode(api::help::getConfig())));
  ASSERT_NE(center_.find_client(permanent_.id()), nullptr);
  EXPECT_EQ(center_.find_client(permanent_.id())->layer, 150);
}

//= PFS-07 test
//= PFS-09 test
//= PFS-21 test
TEST_F(UnboundKeyTest, IsNotBoundByAMessageThatIsWrongInAnyField) {
  const std::string invalid = "400 ENCRYPTED_MESSAGE_INVALID";
  EXPECT_EQ(bind([](auto&, auto& b, auto&) { b.nonce += 1; }).error(), invalid);
  EXPECT_EQ(bind([](auto&, auto& b, auto&) { b.temp_auth_key_id += 1; }).error(), invalid);
  EXPECT_EQ(bind([](auto&, auto& b, auto&) { b.temp_session_id += 1; }).error(), invalid);
  EXPECT_EQ(bind([](auto&, auto& b, auto&) { b.expires_at += 1; }).error(), invalid);
  EXPECT_EQ(bind([](auto&, auto&, auto& msg_id) { msg_id += 4; }).error(), invalid);
  EXPECT_EQ(bind([](auto& q, auto&, auto&) { q.perm_auth_key_id += 1; }).error(), invalid);
  EXPECT_EQ(bind([](auto& q, auto& b, auto&) {
              q.expires_at += 61;
              b.expires_at += 61;
            }).error(),
            "400 EXPIRES_AT_INVALID");
  EXPECT_EQ(bind([](auto& q, auto& b, auto&) {
              q.expires_at -= 61;
              b.expires_at -= 61;
            }).error(),
            "400 EXPIRES_AT_INVALID");
  EXPECT_EQ(call(tl::encode(api::updates::getState())).error(), "401 AUTH_KEY_PERM_EMPTY");
}

TEST_F(UnboundKeyTest, MayEndALittleEarlierOrLaterForItsClient) {
  EXPECT_EQ(bind([](auto& q, auto& b, auto&) {
              q.expires_at -= 20;
              b.expires_at -= 20;
            }).code,
            0);
  EXPECT_EQ(call(with_layer(227, tl::encode(api::help::getAppConfig()))).code, 0);
}

//= PFS-21 test
TEST_F(DataCenterTest, BindsTemporaryKeysOnly) {
  api::auth::bindTempAuthKey query;
  EXPECT_EQ(call(tl::encode(query)).error(), "400 TEMP_AUTH_KEY_EMPTY");
}

//= PFS-21 test
TEST_F(UnboundKeyTest, IsNotBoundToASecondKey) {
  (void)bind([](auto&, auto&, auto&) {});
  EXPECT_EQ(bind([](auto& q, auto&, auto&) { q.perm_auth_key_id += 1; }).error(),
            "400 TEMP_AUTH_KEY_ALREADY_BOUND");
}

//= ERR-01 test
TEST(Failures, HaveNamesOfCapitalsDigitsAndUnderscores) {
  for (const rpc_failure& failure :
       {failures::input_fetch_error, failures::input_method_invalid, failures::method_invalid,
        failures::auth_key_unregistered, failures::auth_key_perm_empty,
        failures::connection_not_inited, failures::connection_layer_invalid, failures::internal,
        failures::msg_wait_failed, failures::msg_wait_timeout})
    EXPECT_TRUE(std::ranges::all_of(failure.type, [](char c) {
      return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    })) << failure.type;
}

}  // namespace
}  // namespace corogram::testdc
