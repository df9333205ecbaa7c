// Looks at every block of memory that is given back, and at the stack, and finds nothing that still
// holds a piece of a secret: of a key exchange its exponents, new_nonce and the key, of a session
// its key and what the packets' encryption derives from it. A test of its own, since it replaces
// the program's operators new and delete.
//
// Each is played twice, and looked at the second time. With the first call of a function the
// dynamic linker looks it up, and saves the processor's registers on the stack; those may hold what
// was copied last, a key that was moved and wiped. From there it gets into whatever is put together
// on that part of the stack and has bytes that nobody sets. Where that happens depends on which
// call comes first; programs that link with -z now are spared it.

#include "exchange_support.hpp"
#include "session_support.hpp"

#include <corogram/crypto/dh.hpp>
#include <corogram/crypto/kdf.hpp>
#include <corogram/crypto/rsa_pad.hpp>
#include <corogram/mtproto/pfs.hpp>
#include <corogram/service/functions/req_DH_params.hpp>
#include <corogram/service/types/P_Q_inner_data.hpp>

#include <gtest/gtest.h>
#include <support/freed_memory.hpp>
#include <support/own_stack.hpp>

#include <array>
#include <memory>

namespace corogram::mtproto {
namespace {

using test::freed_memory;

class WipedSecrets : public testing::Test {
 protected:
  WipedSecrets() { freed_memory::forget(); }
  ~WipedSecrets() override { freed_memory::forget(); }

  /// look_from_now_on forgets what was looked for and found. What is left on stacks may be as old
  /// as that, so each round has secrets of its own.
  static void look_from_now_on() { freed_memory::forget(); }

  /// expect_nothing_left looks through all that was kept from `stack` and the heap.
  static void expect_nothing_left(const test::own_stack& stack) {
    EXPECT_EQ(freed_memory::found(), 0u);
    // In a library that is not optimised, the compiler has left copies wherever it liked.
#ifdef COROGRAM_IS_OPTIMISED
    EXPECT_EQ(freed_memory::pieces_in(stack.bytes()), 0u);
#else
    (void)stack;
#endif
  }
};

// If this fails, the others prove nothing.
TEST_F(WipedSecrets, OneThatIsLeftBehindIsFound) {
  core::test_random random(1);
  const auto secret = random.array<32>();
  const std::size_t watched = freed_memory::watch(secret);
  {
    const core::byte_buffer copy(secret.begin(), secret.end());
  }
  // In both of its pieces.
  EXPECT_EQ(freed_memory::found(watched), 2u);

  test::own_stack stack;
  stack.run([&] {
    std::array<core::byte, 32> copy;
    std::ranges::copy(secret, copy.begin());
    // Somebody might look at it.
    __asm__ __volatile__("" : : "r"(copy.data()) : "memory");
  });
  EXPECT_GE(freed_memory::pieces_in(stack.bytes()), 2u);
}

/// Agrees on a key, on `stack`, and forgets it.
void exchange_keys(std::uint64_t seed, test::own_stack& stack) {
  using namespace exchange_test;
  core::test_random random(seed);
  const auto a = random.array<256>(), b = random.array<256>();
  const auto g_a = crypto::dh_pow(3, a, crypto::known_prime());
  const auto key = crypto::dh_pow(g_a.view(), b, crypto::known_prime());
  {
    // Straight from a source that keeps no record of what it drew.
    class planned final : public core::random_source {
     public:
      planned(core::byte_view first, core::byte_view second, std::uint64_t seed)
          : first_(first), second_(second), stream_(seed) {}
      void fill(core::byte_span bytes) noexcept override {
        for (core::byte_view* plan : {&first_, &second_})
          if (plan->size() == bytes.size()) {
            std::ranges::copy(*plan, bytes.begin());
            *plan = {};
            return;
          }
        stream_.fill(bytes);
      }

     private:
      core::byte_view first_, second_;
      core::test_random stream_;
    };
    const auto new_nonce = random.array<32>();
    planned client_random(new_nonce, b, seed + 100);
    planned server_random(a, {}, seed + 200);
    auth_key_store keys;
    auto client =
        std::make_unique<key_exchange_client>(exchange_test::client_config(), client_random);
    auto server =
        std::make_unique<key_exchange_server>(exchange_test::server_config(), keys, server_random);
    freed_memory::watch(new_nonce);
    freed_memory::watch(b);
    freed_memory::watch(a);
    freed_memory::watch(key.view());
    stack.run([&] {
      client->start(noon());
      core::byte_buffer query;
      while (client->poll_transmit(query))
        client->handle_packet(std::get<core::byte_buffer>(server->handle_packet(query, noon())),
                              noon());
    });
    stack.run([&] {
      const auto outcome = client->poll_outcome();
      ASSERT_TRUE(outcome && *outcome);
      ASSERT_TRUE(core::equal((*outcome)->key.view(), key.view()));
      ASSERT_NE(keys.find((*outcome)->key.id()), nullptr);
      ASSERT_TRUE(keys.erase((*outcome)->key.id()));
    });
    stack.run([&] {
      client.reset();
      server.reset();
    });
  }
}

TEST_F(WipedSecrets, OfAKeyExchangeLeaveNothingBehindOnEitherSide) {
  test::own_stack stack;
  exchange_keys(2, stack);
  look_from_now_on();
  exchange_keys(3, stack);
  expect_nothing_left(stack);
  EXPECT_GT(freed_memory::blocks(), 100u);
}

TEST_F(WipedSecrets, InnerDataThatDoesNotDecodeIsForgottenToo) {
  using namespace exchange_test;
  auth_key_store keys;
  core::test_random server_random(5);
  key_exchange_server server(exchange_test::server_config(), keys, server_random);
  client_side client(6);
  client.machine.start(noon());
  client.machine.handle_packet(
      std::get<core::byte_buffer>(server.handle_packet(client.query(), noon())), noon());
  auto query = object_of<service::req_DH_params>(client.query());
  // Whole up to new_nonce, and then the end.
  service::p_q_inner_data inner;
  inner.p = query.p;
  inner.q = query.q;
  core::test_random random(7);
  const auto new_nonce = random.array<32>();
  inner.new_nonce = new_nonce;
  core::byte_buffer data = tl::encode(inner);
  core::store_le(data.data(), service::p_q_inner_data_dc::tl_id);
  query.encrypted_data = *crypto::rsa_sha1_encrypt(server_public_key(), data, random);
  const core::byte_buffer packet = plain_packet(1767268800ll << 32 | 8, tl::encode(query));
  freed_memory::watch(new_nonce);
  const auto answer = server.handle_packet(packet, noon());
  EXPECT_TRUE(std::holds_alternative<key_exchange_refusal>(answer));
  EXPECT_EQ(freed_memory::found(), 0u);
}

/// The bytes of a key, where no destructor has to be trusted to wipe them.
std::array<core::byte, 256> key_bytes;

/// A client and a server with a key in common, and a line that breaks when it is told to.
class keyed_pair {
 public:
  explicit keyed_pair(std::uint64_t seed) : random_(seed) {
    random_.fill(key_bytes);
    freed_memory::watch(key_bytes);
    server_ = std::make_unique<server>(session_test::bench_config(), random_);
    server_->add_key(stored_key(shared_key(), 0x5a5a), now_);
    client_session_config config(shared_key());
    // Not the server's, which leads to a refusal and a repair first of all.
    config.server_salt = 1;
    client_ = std::make_unique<client_session>(std::move(config), random_);
  }

  static auth_key shared_key() {
    return auth_key(core::secret_array<256>(std::span<const core::byte, 256>(key_bytes)));
  }

  void connect() {
    ++connection_;
    server_->connection_opened(connection_, now_);
    client_->connection_opened(now_);
  }
  void disconnect() {
    server_->connection_closed(connection_, now_);
    client_->connection_closed(now_);
  }

  /// submit makes a call of some length; short and long ones, such as pack well.
  void submit() {
    ++calls_;
    client_->submit(
        session_test::call_body(calls_, static_cast<std::size_t>(calls_) * 97 % 5000 * 4));
  }

  /// exchange passes packets until neither has any. Of the client's the first `lost` get lost.
  void exchange(int lost = 0) {
    for (bool more = true; more;) {
      more = false;
      outgoing_packet out;
      while (client_->poll_transmit(out, now_)) {
        more = true;
        watch_packet(role::client, out.packet);
        if (lost-- <= 0)
          server_->handle_packet(connection_, out.packet.span(), out.quick_ack, now_);
      }
      while (auto event = server_->poll_event())
        if (const auto* const call = std::get_if<request_event>(&*event))
          server_->respond(call->session, call->msg_id,
                           session_test::answer_body(1, call->body.size()), now_);
      server_output output;
      while (server_->poll_transmit(output, now_))
        if (auto* const one = std::get_if<send_packet>(&output.action)) {
          more = true;
          watch_packet(role::server, one->packet);
          client_->handle_packet(one->packet.span(), now_);
        }
      while (const auto event = client_->poll_event())
        if (std::holds_alternative<answer>(*event)) ++answered_;
    }
  }

  void wait(std::chrono::nanoseconds time) {
    now_ = core::later(now_, time);
    client_->handle_timeout(now_);
    server_->handle_timeout(now_);
  }

  void push() {
    for (const session_key& session : server_->sessions_of(client_->key().id()))
      server_->push(session, session_test::answer_body(2, 4000), now_);
  }

  /// forget_session has the server lose what it knows about the client.
  void forget_session() {
    for (const session_key& session : server_->sessions_of(client_->key().id()))
      server_->remove_session(session, now_);
  }

  void end_client() { client_.reset(); }
  void end_server() { server_.reset(); }

  [[nodiscard]] int calls() const noexcept { return calls_; }
  [[nodiscard]] int answered() const noexcept { return answered_; }
  [[nodiscard]] int packets() const noexcept { return packets_; }

 private:
  /// Looks for what this packet's encryption derives from the key, too.
  void watch_packet(role sender, core::byte_view packet) {
    ++packets_;
    crypto::message_key msg_key;
    std::copy_n(packet.begin() + 8, msg_key.size(), msg_key.begin());
    const auto aes =
        crypto::derive_v2(std::span<const core::byte, 256>(key_bytes), msg_key, sent_by(sender));
    freed_memory::watch(aes.key.view());
    freed_memory::watch(aes.iv.view());
  }

  core::instant now_ = session_test::start;
  core::test_random random_;
  std::unique_ptr<server> server_;
  std::unique_ptr<client_session> client_;
  connection_id connection_ = 0;
  std::int32_t calls_ = 0;
  int answered_ = 0;
  int packets_ = 0;
};

/// Whatever makes either side copy, keep or repeat something.
void live_through_much(keyed_pair& pair) {
  for (int day = 0; day < 6; ++day) {
    pair.connect();
    for (int i = 0; i < 4; ++i) pair.submit();
    pair.exchange(day % 3);
    pair.push();
    pair.submit();
    pair.exchange();
    pair.wait(std::chrono::seconds(40));
    pair.exchange();
    if (day == 3) pair.forget_session();
    pair.disconnect();
    pair.wait(std::chrono::minutes(20));
  }
  pair.connect();
  pair.exchange();
}

/// Ends one side of a session that has seen much. `check` is called after each part of it.
template <class End, class Check>
void live_and_end(std::uint64_t seed, test::own_stack& stack, End end, Check check) {
  std::unique_ptr<keyed_pair> pair;
  stack.run([&] { pair = std::make_unique<keyed_pair>(seed); });
  check();
  stack.run([&] { live_through_much(*pair); });
  check();
  stack.run([&] { end(*pair); });
  check();
  EXPECT_EQ(pair->answered(), pair->calls());
  EXPECT_GT(pair->packets(), 40);
}

TEST_F(WipedSecrets, OfASessionLeaveNothingBehindAtTheClient) {
  test::own_stack stack;
  const auto end = [](keyed_pair& pair) { pair.end_client(); };
  live_and_end(8, stack, end, [] {});
  look_from_now_on();
  live_and_end(9, stack, end, [&] { expect_nothing_left(stack); });
  EXPECT_GT(freed_memory::blocks(), 1000u);
}

TEST_F(WipedSecrets, OfASessionLeaveNothingBehindAtTheServer) {
  test::own_stack stack;
  const auto end = [](keyed_pair& pair) { pair.end_server(); };
  live_and_end(10, stack, end, [] {});
  look_from_now_on();
  live_and_end(11, stack, end, [&] { expect_nothing_left(stack); });
  EXPECT_GT(freed_memory::blocks(), 1000u);
}

/// Binds a temporary key, and refuses to.
void bind_keys(std::uint64_t seed) {
  core::test_random random(seed);
  random.fill(key_bytes);
  freed_memory::watch(key_bytes);
  const auto permanent = std::make_unique<auth_key>(keyed_pair::shared_key());
  key_binding binding;
  binding.perm_auth_key_id = permanent->id();
  const core::byte_buffer sealed = seal_binding(*permanent, binding, 4, random);
  crypto::message_key msg_key;
  std::copy_n(sealed.begin() + 8, msg_key.size(), msg_key.begin());
  const auto aes =
      crypto::derive_v1(permanent->view(), msg_key, crypto::direction::client_to_server);
  freed_memory::watch(aes.key.view());
  freed_memory::watch(aes.iv.view());
  EXPECT_TRUE(open_binding(*permanent, sealed, 4, binding));
  EXPECT_FALSE(open_binding(*permanent, sealed, 8, binding));
}

TEST_F(WipedSecrets, OfABindingLeaveNothingBehindOnEitherSide) {
  test::own_stack stack;
  stack.run([] { bind_keys(12); });
  look_from_now_on();
  stack.run([] { bind_keys(13); });
  expect_nothing_left(stack);
}

}  // namespace
}  // namespace corogram::mtproto
