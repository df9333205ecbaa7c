// The client's pool of data centres against two servers on loopback.

#include <corogram/api/functions/account/updateStatus.hpp>
#include <corogram/api/functions/help/getConfig.hpp>
#include <corogram/api/functions/help/getNearestDc.hpp>
#include <corogram/api/types/Config.hpp>
#include <corogram/api/types/DcOption.hpp>
#include <corogram/api/types/NearestDc.hpp>
#include <corogram/crypto/system_random.hpp>
#include <corogram/rpc/pool.hpp>
#include <corogram/testdc/authorizations.hpp>
#include <corogram/testdc/server.hpp>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <gtest/gtest.h>

#include <functional>
#include <set>

namespace corogram::testdc {
namespace {

constexpr std::int64_t user = 4711;

const crypto::rsa_private_key& rsa_key() {
  static const auto key = crypto::rsa_private_key::generate();
  return key;
}

/// Data centres 2 and 4, on two ports, which list each other.
class Pool : public testing::Test {
 protected:
  Pool() {
    for (server* const each : {&two_, &four_}) {
      all_.serve(each->center());
      const std::int32_t self = each->center().self().dc_id;
      each->center().add_method(
          api::help::getConfig::tl_id,
          [this, self](method_context&, const call&) -> reply { return config(self); });
      asio::co_spawn(context_, each->run(), asio::detached);
    }
  }

  server_options make_server(std::int32_t dc_id) {
    server_options options;
    options.self.dc_id = dc_id;
    options.protocol.exchange.keys.push_back(
        *crypto::rsa_private_key::from_pem(core::as_text(rsa_key().to_pem().view())));
    return options;
  }

  core::byte_buffer config(std::int32_t self) {
    api::config answer;
    answer.date = 1;
    answer.expires = 3601;
    answer.this_dc = self;
    for (server* const each : {&two_, &four_}) {
      api::dcOption option;
      option.id = each->center().self().dc_id;
      option.ip_address = "127.0.0.1";
      option.port = each->endpoint().port();
      answer.dc_options.push_back(std::move(option));
    }
    return tl::encode(answer);
  }

  rpc::pool_options where() {
    rpc::pool_options options;
    options.addresses.emplace_back(2, rpc::endpoint("127.0.0.1", two_.endpoint().port()));
    return options;
  }

  rpc::options make_options(const rpc::dc_target&) {
    rpc::options options;
    options.public_keys.push_back(rsa_key().public_key());
    options.forward_secrecy = forward_secrecy_;
    options.request_timeout = std::chrono::seconds(20);
    return options;
  }

  /// Runs `what` with a pool, and everything else until that is over.
  void with_pool(rpc::pool_options options,
                 const std::function<asio::awaitable<void>(rpc::pool&)>& what) {
    rpc::pool_hooks hooks;
    hooks.on_key = [this](const rpc::dc_target& target, const rpc::stored_key& key) {
      keys_[target.dc_id] = key.key.id();
    };
    hooks.on_main_dc = [this](std::int32_t dc_id) { main_dc_ = dc_id; };
    rpc::pool client(
        context_.get_executor(), std::move(options),
        [this](const rpc::dc_target& target) { return make_options(target); }, clock_, random_,
        hooks);
    bool is_over = false;
    std::exception_ptr failure;
    asio::co_spawn(context_, play(client, what), [&](std::exception_ptr thrown) {
      failure = thrown;
      is_over = true;
      two_.stop();
      four_.stop();
    });
    context_.run_for(std::chrono::seconds(60));
    EXPECT_TRUE(is_over);
    if (failure) std::rethrow_exception(failure);
  }

  static asio::awaitable<void> play(rpc::pool& client,
                                    std::function<asio::awaitable<void>(rpc::pool&)> what) {
    co_await what(client);
    co_await client.async_close();
  }

  asio::io_context context_{1};
  core::system_clock clock_;
  crypto::system_random random_;
  authorizations all_{random_};
  server two_{context_.get_executor(), make_server(2), clock_, random_};
  server four_{context_.get_executor(), make_server(4), clock_, random_};
  bool forward_secrecy_ = false;
  std::map<std::int32_t, std::int64_t> keys_;
  std::int32_t main_dc_ = 2;
};

asio::awaitable<void> ask_for_the_nearest(rpc::pool& client, std::int32_t& answered_by) {
  const api::help::getNearestDc query;
  const auto answer = co_await client.async_invoke(query);
  answered_by = answer->get_if<api::nearestDc>()->this_dc;
}

//= ERR-03 test
//= DC-09 test
TEST_F(Pool, AMigrationIsFollowedToAnotherServer) {
  two_.center().add_method(
      api::help::getNearestDc::tl_id,
      [](method_context&, const call&) -> reply { return rpc_failure{303, "USER_MIGRATE_4"}; });
  std::int32_t answered_by = 0;
  with_pool(where(), [&](rpc::pool& client) { return ask_for_the_nearest(client, answered_by); });
  EXPECT_EQ(answered_by, 4);
  EXPECT_EQ(main_dc_, 4);
  EXPECT_EQ(keys_.size(), 2u) << "each data centre has its own key";
}

asio::awaitable<void> use_both(rpc::pool& client, std::function<void()> sign_in) {
  const api::help::getNearestDc query;
  co_await client.async_invoke(query);
  sign_in();
  client.signed_in(true);
  const api::account::updateStatus status;
  for (const std::int32_t dc_id : {2, 4}) {
    rpc::pool_request how;
    how.dc_id = dc_id;
    rpc::rpc_error details;
    co_await client.async_invoke(status, how, details);
  }
}

//= DC-06 test
TEST_F(Pool, AUserWhoIsSignedInAtOneServerIsKnownAtTheOther) {
  forward_secrecy_ = true;
  with_pool(where(), [&](rpc::pool& client) {
    return use_both(client, [&] { all_.sign_in(2, keys_.at(2), user); });
  });
  EXPECT_EQ(all_.user_of(4, keys_.at(4)), user);
}

asio::awaitable<void> be_refused(rpc::pool& client, std::error_code& failure) {
  const api::account::updateStatus status;
  co_await client.async_invoke(status, asio::redirect_error(asio::use_awaitable, failure));
}

TEST_F(Pool, WithoutAUserTheErrorReachesTheCaller) {
  std::error_code failure;
  with_pool(where(), [&](rpc::pool& client) { return be_refused(client, failure); });
  EXPECT_EQ(failure, rpc::api_errc::AUTH_KEY_UNREGISTERED);
}

TEST_F(Pool, ItCanBeDestroyedWithRequestsUnderWay) {
  two_.center().add_method(api::help::getNearestDc::tl_id,
                           [](method_context&, const call&) { return std::optional<reply>(); });
  auto client = std::make_unique<rpc::pool>(
      context_.get_executor(), where(),
      [this](const rpc::dc_target& target) { return make_options(target); }, clock_, random_);
  std::error_code failure;
  const api::help::getNearestDc query;
  client->async_invoke(query, [&](std::error_code why, const auto&) {
    failure = why;
    two_.stop();
    four_.stop();
  });
  context_.run_for(std::chrono::milliseconds(50));
  client.reset();
  context_.restart();
  context_.run_for(std::chrono::seconds(20));
  EXPECT_EQ(failure, rpc::errc::closed);
}

}  // namespace
}  // namespace corogram::testdc
