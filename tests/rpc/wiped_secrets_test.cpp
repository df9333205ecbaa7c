// Looks at every block of memory that is given back, and finds none that still holds a piece of a
// key that an engine or a connection has had. A test of its own, since it replaces the program's
// operators new and delete.

#include "keys.hpp"
#include "world.hpp"

#include <corogram/core/clock.hpp>
#include <corogram/crypto/system_random.hpp>
#include <corogram/rpc/connection.hpp>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <gtest/gtest.h>
#include <support/freed_memory.hpp>

#include <memory>

namespace corogram::rpc {
namespace {

using corogram::test::freed_memory;
using test::world;

class WipedSecrets : public testing::Test {
 protected:
  WipedSecrets() { freed_memory::forget(); }
  ~WipedSecrets() override { freed_memory::forget(); }
};

/// Calls, breaks, and a copy for the next run.
void live_through_much(world& it) {
  for (int i = 0; i < 5; ++i) {
    EXPECT_FALSE(it.run_to_end(it.call(i)));
    it.cut();
    it.pass(std::chrono::minutes(10));
    EXPECT_TRUE(it.client.stored());
  }
}

TEST_F(WipedSecrets, OfAnEngineWithAStoredKeyLeaveNothingBehind) {
  options settings = test::options_with_key(5);
  freed_memory::watch(settings.key->key.view());
  {
    world it(std::move(settings));
    live_through_much(it);
  }
  EXPECT_EQ(freed_memory::found(), 0u);
  EXPECT_GT(freed_memory::blocks(), 1000u);
}

TEST_F(WipedSecrets, OfAnEngineThatMakesItsKeysLeaveNothingBehind) {
  options settings = test::reasonable_options();
  settings.forward_secrecy = true;
  settings.temporary_key_lifetime = std::chrono::minutes(15);
  {
    world it(std::move(settings));
    EXPECT_FALSE(it.run_to_end(it.call(1)));
    freed_memory::watch(it.client.stored()->key.view());
    freed_memory::watch(it.server.key(it.key_id())->view());
    live_through_much(it);
    EXPECT_GT(it.bindings, 1u);
  }
  EXPECT_EQ(freed_memory::found(), 0u);
}

TEST_F(WipedSecrets, OfAConnectionOnSocketsLeaveNothingBehind) {
  asio::io_context context;
  const core::system_clock clock;
  crypto::system_random random;
  const asio::ip::tcp::acceptor taken(context,
                                      asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  options settings = test::options_with_key(6);
  settings.endpoints.assign(1, endpoint("127.0.0.1", taken.local_endpoint().port()));
  freed_memory::watch(settings.key->key.view());
  {
    auto dc = std::make_unique<connection>(context.get_executor(), std::move(settings), clock,
                                           random, hooks());
    bool ended = false;
    dc->async_connect([&](std::error_code failure) {
      EXPECT_TRUE(failure);
      ended = true;
    });
    context.poll();
    dc.reset();
    context.run();
    EXPECT_TRUE(ended);
  }
  EXPECT_EQ(freed_memory::found(), 0u);
}

}  // namespace
}  // namespace corogram::rpc
