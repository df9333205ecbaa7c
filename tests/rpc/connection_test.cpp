// The shell on real sockets: operations, tokens, cancellation, closing, and ends of all kinds. The
// protocol's own cases are tested on the engine, without sockets.

#include "keys.hpp"
#include "peer.hpp"

#include <corogram/api/functions/help/getAppUpdate.hpp>
#include <corogram/api/functions/help/getNearestDc.hpp>
#include <corogram/api/types/NearestDc.hpp>
#include <corogram/api/types/Updates.hpp>
#include <corogram/crypto/system_random.hpp>
#include <corogram/mtproto/errc.hpp>
#include <corogram/rpc/connection.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/bind_executor.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <gtest/gtest.h>

#include <thread>

namespace corogram::rpc {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::manners;
using test::peer;

// Handlers of operations that have ended come within this time, or not at all.
constexpr seconds patience(20);

struct aggregate_request {
  using result_type = tl::box<api::NearestDc>;
  static constexpr std::uint32_t tl_id = 1;
  int member;
};
static_assert(!request_type<aggregate_request>, "g++ 12 would destroy it twice");
static_assert(request_type<api::help::getNearestDc>);
static_assert(!std::is_aggregate_v<request_options> && !std::is_aggregate_v<options>);

core::byte_buffer nearest_dc(int number) {
  api::nearestDc found;
  found.country = "DE";
  found.this_dc = 2;
  found.nearest_dc = number;
  return tl::encode(found);
}

options settings_for(std::uint16_t port) {
  options settings;
  settings.endpoints.emplace_back("127.0.0.1", port);
  settings.public_keys.push_back(test::trusted_key());
  settings.client.api_id = 1;
  settings.reconnect.initial = milliseconds(1);
  return settings;
}

class Connection : public ::testing::Test {
 protected:
  /// Runs the context until `done`. A test that takes longer than `patience` has failed.
  template <class Done>
  void run(const Done& done) {
    context_.restart();
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!done()) {
      ASSERT_LT(std::chrono::steady_clock::now(), end) << "nothing happens any more";
      context_.run_one_until(end);
    }
  }

  /// Runs the coroutine to its end; what it throws, it throws here.
  void run_coroutine(asio::awaitable<void> coroutine) {
    bool done = false;
    std::exception_ptr thrown;
    asio::co_spawn(context_, std::move(coroutine), [&](std::exception_ptr failure) {
      done = true;
      thrown = failure;
    });
    run([&] { return done; });
    if (thrown) std::rethrow_exception(thrown);
  }

  connection to(const peer& host) { return connect(settings_for(host.port())); }
  connection connect(options settings, hooks observers = {}) {
    return connection(context_.get_executor(), std::move(settings), clock_, random_,
                      std::move(observers));
  }

  /// Answers each help.getNearestDc with the number of calls so far.
  void answer_all(peer& host) {
    host.on_call([this, &host](const mtproto::request_event& call, core::byte_view) {
      host.answer(call, nearest_dc(++calls_));
    });
  }

  core::system_clock clock_;
  crypto::system_random random_;
  int calls_ = 0;
  asio::io_context context_;
};

TEST_F(Connection, ACoroutineGetsATypedAnswer) {
  peer host(context_);
  answer_all(host);
  connection dc = to(host);
  run_coroutine([](connection& self) -> asio::awaitable<void> {
    co_await self.async_connect();
    // The natural form: a request made inside the expression.
    auto answer = co_await self.async_invoke(api::help::getNearestDc());
    const auto* found = answer->get_if<api::nearestDc>();
    EXPECT_TRUE(found != nullptr && found->nearest_dc == 1);
    auto again = co_await self.invoke(api::help::getNearestDc());
    EXPECT_FALSE(again.empty());
    co_await self.async_close();
  }(dc));
  EXPECT_EQ(calls_, 2);
  EXPECT_EQ(host.accepted(), 1u);
}

TEST_F(Connection, BytesGoAndComeUntouched) {
  peer host(context_);
  core::byte_buffer seen;
  host.on_call([&](const mtproto::request_event& call, core::byte_view body) {
    seen.assign(body.begin(), body.end());
    host.answer(call, nearest_dc(5));
  });
  connection dc = to(host);
  const core::byte_buffer call = tl::encode(api::help::getNearestDc());
  rpc_error details;
  std::optional<core::byte_buffer> answer;
  dc.async_invoke_bytes(call, request_options(), details,
                        [&](std::error_code failure, core::byte_buffer body) {
                          EXPECT_FALSE(failure);
                          answer = std::move(body);
                        });
  run([&] { return answer.has_value(); });
  EXPECT_EQ(seen, call);
  EXPECT_EQ(*answer, nearest_dc(5));
}

TEST_F(Connection, AnRpcErrorIsACodeWithDetailsOrAnException) {
  peer host(context_);
  host.on_call([&](const mtproto::request_event& call, core::byte_view) {
    host.refuse(call, 400, "FILE_PART_3_MISSING");
  });
  connection dc = to(host);

  rpc_error details;
  std::optional<std::error_code> outcome;
  dc.async_invoke(api::help::getNearestDc(), request_options(), details,
                  [&](std::error_code failure, reply_to<api::help::getNearestDc> answer) {
                    EXPECT_TRUE(answer.empty());
                    outcome = failure;
                  });
  run([&] { return outcome.has_value(); });
  EXPECT_EQ(*outcome, api_errc::FILE_PART_X_MISSING);
  EXPECT_EQ(*outcome, api_group::bad_request);
  EXPECT_EQ(details.parameter, 3);
  EXPECT_EQ(details.message, "FILE_PART_3_MISSING");

  run_coroutine([](connection& self) -> asio::awaitable<void> {
    try {
      co_await self.invoke(api::help::getNearestDc());
      ADD_FAILURE() << "no exception";
    } catch (const rpc_exception& thrown) {
      EXPECT_EQ(thrown.code(), api_errc::FILE_PART_X_MISSING);
      EXPECT_EQ(thrown.details().parameter, 3);
    }
    try {
      co_await self.async_invoke(api::help::getNearestDc());
      ADD_FAILURE() << "no exception";
    } catch (const std::system_error& thrown) {
      EXPECT_EQ(thrown.code(), api_errc::FILE_PART_X_MISSING);
    }
  }(dc));
}

TEST_F(Connection, AnAnswerOfTheWrongTypeIsAnErrorAndNotACrash) {
  peer host(context_);
  host.on_call([&](const mtproto::request_event& call, core::byte_view) {
    host.answer(call, tl::encode(api::updatesTooLong()));
  });
  connection dc = to(host);
  std::optional<std::error_code> outcome;
  dc.async_invoke(
      api::help::getNearestDc(),
      [&](std::error_code failure, reply_to<api::help::getNearestDc>) { outcome = failure; });
  run([&] { return outcome.has_value(); });
  EXPECT_STREQ(outcome->category().name(), "corogram.tl");
}

TEST_F(Connection, AHandlerIsNeverCalledFromWithinTheCallThatStartsIt) {
  connection dc = connect(options());  // no address: fails at once
  bool inside = true;
  int handlers = 0;
  const auto check = [&](std::error_code failure) {
    EXPECT_FALSE(inside);
    EXPECT_EQ(failure, errc::bad_options);
    ++handlers;
  };
  dc.async_connect(check);
  dc.async_invoke(api::help::getNearestDc(),
                  [&](std::error_code failure, const auto&) { check(failure); });
  dc.async_receive_update([&](std::error_code failure, const received_update&) { check(failure); });
  // Not even if the call is made on the thread that runs the strand.
  asio::post(context_, [&] {
    inside = true;
    dc.async_connect(check);
    inside = false;
  });
  inside = false;
  run([&] { return handlers == 4; });
}

TEST_F(Connection, AHandlerRunsOnItsOwnExecutor) {
  peer host(context_);
  answer_all(host);
  bool answered = false;
  hooks observers;
  observers.on_stage = [&](const stage& passed) {
    answered |= passed.kind == stage_kind::answered;
  };
  connection dc = connect(settings_for(host.port()), std::move(observers));
  asio::io_context other;
  bool called = false;
  dc.async_invoke(api::help::getNearestDc(),
                  asio::bind_executor(other, [&](std::error_code failure, const auto&) {
                    EXPECT_FALSE(failure);
                    called = true;
                  }));
  run([&] { return answered; });
  bool closed = false;
  dc.async_close([&](std::error_code) { closed = true; });
  run([&] { return closed; });
  EXPECT_FALSE(called);
  other.run_for(patience);
  EXPECT_TRUE(called);
}

struct end {
  manners how;
  std::error_code outcome;
};

TEST_F(Connection, EachMisbehaviourEndsInOneErrorInTime) {
  const end table[] = {
      {manners::silent, errc::handshake_timed_out},
      {manners::hangs_up, errc::disconnected},
  };
  for (const auto& [how, expected] : table) {
    peer host(context_, how);
    options settings = settings_for(host.port());
    settings.handshake_timeout = milliseconds(60);
    settings.max_attempts = 2;
    connection dc = connect(std::move(settings));
    std::optional<std::error_code> outcome;
    dc.async_connect([&](std::error_code failure) { outcome = failure; });
    run([&] { return outcome.has_value(); });
    EXPECT_EQ(*outcome, expected);
    EXPECT_EQ(host.accepted(), 2u);
  }
}

TEST_F(Connection, RubbishEndsInAnErrorInTime) {
  peer host(context_, manners::rubbish);
  options settings = settings_for(host.port());
  settings.handshake_timeout = milliseconds(200);
  settings.max_attempts = 1;
  connection dc = connect(std::move(settings));
  std::optional<std::error_code> outcome;
  dc.async_invoke(api::help::getNearestDc(),
                  [&](std::error_code failure, const auto&) { outcome = failure; });
  run([&] { return outcome.has_value(); });
  EXPECT_TRUE(*outcome);
  EXPECT_NE(*outcome, errc::request_timed_out);
}

TEST_F(Connection, APortWhereNobodyListensIsRefused) {
  std::uint16_t port = 0;
  {
    const asio::ip::tcp::acceptor taken(
        context_, asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    port = taken.local_endpoint().port();
  }
  for (const char* host : {"127.0.0.1", "localhost"}) {
    options settings = settings_for(port);
    settings.endpoints.front().host = host;
    settings.max_attempts = 2;
    connection dc = connect(std::move(settings));
    std::optional<std::error_code> outcome;
    dc.async_connect([&](std::error_code failure) { outcome = failure; });
    run([&] { return outcome.has_value(); });
    EXPECT_EQ(*outcome, std::errc::connection_refused) << host;
  }
}

TEST_F(Connection, AKeyThatTheServerDoesNotHaveIsOneClearError) {
  peer host(context_);
  options settings = settings_for(host.port());
  settings.public_keys.assign(1, test::untrusted_key());
  connection dc = connect(std::move(settings));
  std::optional<std::error_code> outcome;
  dc.async_connect([&](std::error_code failure) { outcome = failure; });
  run([&] { return outcome.has_value(); });
  EXPECT_EQ(*outcome, mtproto::errc::no_known_key);
  EXPECT_EQ(host.accepted(), options().refusal_limit);
}

TEST_F(Connection, ARequestWithoutAnAnswerTimesOut) {
  peer host(context_);
  connection dc = to(host);
  run_coroutine([](connection& self) -> asio::awaitable<void> {
    co_await self.async_connect();
    request_options how;
    how.timeout = milliseconds(20);
    try {
      co_await self.async_invoke(api::help::getNearestDc(), how);
      ADD_FAILURE() << "no exception";
    } catch (const std::system_error& thrown) {
      EXPECT_EQ(thrown.code(), errc::request_timed_out);
    }
  }(dc));
  run([&] { return host.dropped() == 1; });
}

TEST_F(Connection, ARequestSurvivesABrokenConnectionAndRunsOnce) {
  peer host(context_);
  std::optional<mtproto::request_event> running;
  host.on_call([&](const mtproto::request_event& call, core::byte_view) {
    ++calls_;
    running = call;
    host.cut();
  });
  connection dc = to(host);
  std::optional<std::error_code> outcome;
  dc.async_invoke(api::help::getNearestDc(),
                  [&](std::error_code failure, const auto&) { outcome = failure; });
  run([&] { return running && host.accepted() == 2; });
  host.answer(*running, nearest_dc(1));
  run([&] { return outcome.has_value(); });
  EXPECT_FALSE(*outcome);
  EXPECT_EQ(calls_, 1);
}

TEST_F(Connection, EveryTypeOfCancellationForgetsTheRequest) {
  for (const auto type : {asio::cancellation_type::terminal, asio::cancellation_type::partial,
                          asio::cancellation_type::total}) {
    peer host(context_);
    host.on_call([&](const mtproto::request_event&, core::byte_view) { ++calls_; });
    connection dc = to(host);
    asio::cancellation_signal signal;
    std::optional<std::error_code> outcome;
    calls_ = 0;
    dc.async_invoke(
        api::help::getNearestDc(),
        asio::bind_cancellation_slot(
            signal.slot(), [&](std::error_code failure, const auto&) { outcome = failure; }));
    run([&] { return calls_ == 1; });
    EXPECT_FALSE(outcome);
    signal.emit(type);
    run([&] { return outcome && host.dropped() == 1; });
    EXPECT_EQ(*outcome, asio::error::operation_aborted);
    signal.emit(type);  // too late, and harmless
    context_.poll();
  }
}

TEST_F(Connection, AnOperationCanBeCancelledBeforeItHasBegun) {
  peer host(context_);
  connection dc = to(host);
  asio::cancellation_signal signals[3];
  int cancelled_count = 0;
  const auto check = [&](std::error_code failure) {
    EXPECT_EQ(failure, asio::error::operation_aborted);
    ++cancelled_count;
  };
  dc.async_connect(asio::bind_cancellation_slot(signals[0].slot(), check));
  dc.async_invoke(
      api::help::getNearestDc(),
      asio::bind_cancellation_slot(signals[1].slot(),
                                   [&](std::error_code failure, const auto&) { check(failure); }));
  dc.async_receive_update(asio::bind_cancellation_slot(
      signals[2].slot(), [&](std::error_code failure, const auto&) { check(failure); }));
  for (auto& signal : signals) signal.emit(asio::cancellation_type::total);
  run([&] { return cancelled_count == 3; });
}

TEST_F(Connection, ACancelledCoroutineTakesItsRequestWithIt) {
  peer host(context_);
  host.on_call([&](const mtproto::request_event&, core::byte_view) { ++calls_; });
  connection dc = to(host);
  asio::cancellation_signal signal;
  std::optional<std::error_code> outcome;
  const auto body = [](connection& self) -> asio::awaitable<void> {
    co_await self.async_invoke(api::help::getNearestDc());
  };
  asio::co_spawn(context_, body(dc),
                 asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr failure) {
                   try {
                     std::rethrow_exception(failure);
                   } catch (const std::system_error& thrown) {
                     outcome = thrown.code();
                   }
                 }));
  run([&] { return calls_ == 1; });
  signal.emit(asio::cancellation_type::terminal);
  run([&] { return outcome.has_value(); });
  EXPECT_EQ(*outcome, asio::error::operation_aborted);
}

TEST_F(Connection, UpdatesAreReceivedInOrderAndSurviveACancelledWait) {
  peer host(context_);
  answer_all(host);
  connection dc = to(host);
  run_coroutine([](connection& self) -> asio::awaitable<void> {
    co_await self.async_connect();
    auto first = co_await self.async_receive_update();
    EXPECT_TRUE(first.gap) << "a new session";
  }(dc));

  asio::cancellation_signal signal;
  std::optional<std::error_code> outcome;
  dc.async_receive_update(asio::bind_cancellation_slot(
      signal.slot(), [&](std::error_code failure, const auto&) { outcome = failure; }));
  std::optional<std::error_code> second;
  dc.async_receive_update([&](std::error_code failure, const auto&) { second = failure; });
  run([&] { return second.has_value(); });
  EXPECT_EQ(*second, errc::already_receiving);
  signal.emit(asio::cancellation_type::total);
  run([&] { return outcome.has_value(); });
  EXPECT_EQ(*outcome, asio::error::operation_aborted);

  const core::byte_buffer update = tl::encode(api::updatesTooLong());
  host.push(update);
  host.push(update);
  for (int count = 0; count < 2; ++count) {
    std::optional<received_update> received;
    dc.async_receive_update([&](std::error_code failure, received_update what) {
      EXPECT_FALSE(failure);
      received = std::move(what);
    });
    run([&] { return received.has_value(); });
    EXPECT_FALSE(received->gap);
    EXPECT_EQ(received->body, update);
  }
}

TEST_F(Connection, WhatIsReceivedBeforeTheEndIsDeliveredBeforeIt) {
  peer host(context_);
  connection dc = to(host);
  bool closed = false;
  dc.async_connect([&](std::error_code failure) {
    EXPECT_FALSE(failure);
    dc.async_close([&](std::error_code) { closed = true; });
  });
  run([&] { return closed; });
  int handlers = 0;
  dc.async_receive_update([&](std::error_code failure, const received_update& update) {
    EXPECT_FALSE(failure);
    EXPECT_TRUE(update.gap);
    ++handlers;
    dc.async_receive_update([&](std::error_code end, const received_update&) {
      EXPECT_EQ(end, errc::closed);
      ++handlers;
    });
  });
  run([&] { return handlers == 2; });
}

TEST_F(Connection, ClosingEndsEveryOperationAndLeavesNothingRunning) {
  for (const auto how : {manners::serves, manners::silent, manners::hangs_up}) {
    peer host(context_, how);
    connection dc = to(host);
    int ended = 0;
    const auto check = [&](std::error_code failure) {
      EXPECT_EQ(failure, errc::closed);
      ++ended;
    };
    dc.async_invoke(api::help::getNearestDc(),
                    [&](std::error_code failure, const auto&) { check(failure); });
    if (how != manners::serves) dc.async_connect(check);
    run([&] { return host.accepted() > 0; });
    bool closed = false;
    dc.async_close([&](std::error_code failure) {
      EXPECT_FALSE(failure);
      closed = true;
    });
    run([&] { return closed; });
    EXPECT_EQ(ended, how == manners::serves ? 1 : 2) << "before the close is reported";
    host.stop();
    context_.restart();
    context_.run_for(patience);
    EXPECT_TRUE(context_.stopped()) << "something is still running";

    bool again = false;
    dc.async_close([&](std::error_code) { again = true; });
    run([&] { return again; });
  }
}

TEST_F(Connection, ADestroyedConnectionEndsItsOperations) {
  peer host(context_);
  host.on_call([&](const mtproto::request_event&, core::byte_view) { ++calls_; });
  int ended = 0;
  {
    connection dc = to(host);
    dc.async_invoke(api::help::getNearestDc(), [&](std::error_code failure, const auto&) {
      EXPECT_EQ(failure, errc::closed);
      ++ended;
    });
    dc.async_receive_update([&](std::error_code, const auto&) { ++ended; });
    run([&] { return calls_ == 1 && ended == 1; });  // the update is the new session's gap
    dc.async_receive_update([&](std::error_code failure, const auto&) {
      EXPECT_EQ(failure, errc::closed);
      ++ended;
    });
  }
  run([&] { return ended == 3; });
  host.stop();
  context_.restart();
  context_.run_for(patience);
  EXPECT_TRUE(context_.stopped());
}

TEST_F(Connection, AMovedConnectionGoesOnWithItsOperations) {
  peer host(context_);
  answer_all(host);
  connection one = to(host);
  std::optional<std::error_code> first;
  one.async_invoke(api::help::getNearestDc(),
                   [&](std::error_code failure, const auto&) { first = failure; });
  connection two = std::move(one);
  run([&] { return first.has_value(); });
  EXPECT_FALSE(*first);

  std::optional<std::error_code> second;
  two.async_receive_update([&](std::error_code, const auto&) {});
  two.async_receive_update([&](std::error_code failure, const auto&) { second = failure; });
  two = connect(options());
  run([&] { return second.has_value(); });
}

// With sanitizers, the next tests show leaks and uses after the end.

TEST_F(Connection, AContextThatEndsTakesPendingOperationsWithIt) {
  for (const int turns : {0, 1, 2, 5, 10, 20, 40, 80, 1000}) {
    asio::io_context context;
    peer host(context);
    connection dc(context.get_executor(), settings_for(host.port()), clock_, random_);
    dc.async_connect([](std::error_code) {});
    dc.async_invoke(api::help::getNearestDc(), [](std::error_code, const auto&) {});
    dc.async_receive_update([](std::error_code, const auto&) {});
    for (int turn = 0; turn < turns && context.run_one_for(milliseconds(5)) > 0; ++turn) {
    }
    dc.async_close([](std::error_code) {});
  }
}

asio::awaitable<void> own_a_connection(connection own) {
  co_await own.async_connect();
  co_await own.async_invoke(api::help::getNearestDc());
}

TEST_F(Connection, ACoroutineThatOwnsItsConnectionEndsWithTheContext) {
  for (const int turns : {0, 1, 2, 5, 10, 20, 40, 80, 1000}) {
    asio::io_context context;
    peer host(context);
    connection dc(context.get_executor(), settings_for(host.port()), clock_, random_);
    asio::co_spawn(context, own_a_connection(std::move(dc)), asio::detached);
    for (int turn = 0; turn < turns && context.run_one_for(milliseconds(5)) > 0; ++turn) {
    }
  }
}

TEST_F(Connection, HooksAreToldTheStagesTheKeyAndTheLog) {
  peer host(context_);
  answer_all(host);
  std::vector<stage_kind> kinds;
  std::optional<std::int64_t> key_id;
  std::vector<std::string> lines;
  hooks observers;
  observers.on_stage = [&](const stage& passed) { kinds.push_back(passed.kind); };
  observers.on_key = [&](const stored_key& known) { key_id = known.key.id(); };
  observers.log = [&](core::log_level, std::string_view line) { lines.emplace_back(line); };
  connection dc = connect(settings_for(host.port()), std::move(observers));
  std::optional<std::error_code> outcome;
  dc.async_invoke(api::help::getNearestDc(),
                  [&](std::error_code failure, const auto&) { outcome = failure; });
  run([&] { return outcome.has_value(); });
  ASSERT_GE(kinds.size(), 5u);
  EXPECT_EQ(kinds.front(), stage_kind::connecting);
  EXPECT_EQ(kinds[1], stage_kind::connected);
  EXPECT_EQ(std::ranges::count(kinds, stage_kind::answered), 1);
  EXPECT_TRUE(key_id);
  EXPECT_EQ(lines.size(), kinds.size());
}

TEST_F(Connection, ManyThreadsMayCallAtOnce) {
  peer host(context_);
  answer_all(host);
  connection dc = to(host);
  constexpr int per_thread = 50;
  std::atomic<int> answers = 0;
  std::vector<std::thread> threads;
  for (int count = 0; count < 4; ++count) {
    threads.emplace_back([&] {
      for (int call = 0; call < per_thread; ++call) {
        dc.async_invoke(api::help::getNearestDc(), [&](std::error_code failure, const auto&) {
          EXPECT_FALSE(failure);
          ++answers;
        });
      }
    });
  }
  run([&] { return answers == 4 * per_thread; });
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(calls_, 4 * per_thread);
}

}  // namespace
}  // namespace corogram::rpc
