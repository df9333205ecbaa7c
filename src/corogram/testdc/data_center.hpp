#pragma once

// A Telegram data centre in memory, without sockets: the protocol machine of mtproto and the
// methods of the API on top of it. server.hpp puts it behind a port.

#include <corogram/core/bytes.hpp>
#include <corogram/core/clock.hpp>
#include <corogram/core/random.hpp>
#include <corogram/mtproto/server.hpp>
#include <corogram/testdc/call_order.hpp>
#include <corogram/testdc/method.hpp>
#include <corogram/testdc/unwrap.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>

namespace corogram::testdc {

/// A call was answered.
struct call_answered {
  mtproto::connection_id connection = 0;
  mtproto::session_key session;
  std::int64_t msg_id = 0;
  /// The full TL name of the function, or "#" and its number if no schema has it.
  std::string method;
  /// In which the answer was written.
  std::int32_t layer = 0;
  /// Set: an RPC error was the answer.
  std::optional<rpc_failure> failure;
  /// Units: bytes of the answer before packing; 0 for an error.
  std::size_t answer_bytes = 0;
};

/// What a data centre reports: what the protocol machine reports, calls excepted, and the answers.
using data_center_event = std::variant<mtproto::server_event, call_answered>;

/// What the data centre knows about the program behind a key.
struct client_record {
  /// From invokeWithLayer. It belongs to the key: further sessions need not say it again (INV-04).
  std::optional<std::int32_t> layer;
  /// From initConnection.
  std::string client;
};

/// A method that whoever runs the data centre adds to it. Nothing: the answer comes later, by
/// data_center::respond().
using added_method = std::function<std::optional<reply>(method_context&, const call&)>;

/// One data centre. Push-pull like the machine inside it, whose comments describe the calls that
/// have the same names. Threads: not safe. Lifetime: `random` must outlive it.
class data_center {
 public:
  data_center(address self, mtproto::server_config protocol, core::random_source& random);

  void connection_opened(mtproto::connection_id connection, core::instant now);
  void connection_closed(mtproto::connection_id connection, core::instant now);
  void handle_packet(mtproto::connection_id connection, core::byte_span packet, bool quick_ack,
                     core::instant now);
  bool poll_transmit(mtproto::server_output& out, core::instant now);
  std::optional<data_center_event> poll_event();
  [[nodiscard]] std::optional<core::deadline> poll_deadline() const;
  void handle_timeout(core::instant now);

  /// add_method has calls of the function `id` answered by `run`, in place of any method that the
  /// data centre has for it.
  void add_method(std::uint32_t id, added_method run);
  /// respond answers a call that its method has left open. False: there is no such call.
  bool respond(const mtproto::session_key& session, std::int64_t msg_id, reply outcome,
               core::instant now);

  /// protocol gives the machine below, for what needs no method: provisioning keys, pushing
  /// updates, injecting faults.
  [[nodiscard]] mtproto::server& protocol() noexcept { return protocol_; }

  [[nodiscard]] const address& self() const noexcept { return self_; }
  /// set_port tells the port that help.getConfig lists, once the system has chosen it.
  void set_port(std::uint16_t port) noexcept { self_.port = port; }

  /// find_client returns what is known about the program behind a key.
  [[nodiscard]] const client_record* find_client(std::int64_t auth_key_id) const;
  /// wants_updates tells whether a session sent initConnection and not invokeWithoutUpdates.
  [[nodiscard]] bool wants_updates(const mtproto::session_key& session) const {
    return subscribed_.contains(session);
  }

 private:
  void drain(core::instant now);
  void forget_session(const mtproto::session_key& session);
  void handle_call(mtproto::request_event request, core::instant now);
  void run_released(core::instant now);
  void run(const mtproto::request_event& request, const unwrapped_call& unwrapped,
           core::instant now);
  std::optional<rpc_failure> admit_connection(const mtproto::request_event& request,
                                              const unwrapped_call& unwrapped,
                                              const mtproto::key_state& key);
  [[nodiscard]] std::optional<reply> dispatch(const call& request, core::instant now);
  void answer(const mtproto::request_event& request, core::byte_view query, std::int32_t layer,
              reply outcome, core::instant now);
  void answer(std::uint32_t function, call_answered report, reply outcome, core::instant now);

  /// A call whose method answers later.
  struct open_call {
    std::uint32_t function = 0;
    call_answered report;
  };

  address self_;
  /// Asks for authorisation, layers and strictness; the protocol machine has its own copy.
  mtproto::policy policy_;
  //= PFS-22
  /// Keys and bindings are its own: nothing of them is shared between data centres.
  mtproto::server protocol_;
  call_order order_;
  /// Calls that have waited and may go on.
  std::deque<released_call> released_;
  std::unordered_map<std::int64_t, client_record> clients_;
  std::set<mtproto::session_key> subscribed_;
  std::unordered_map<std::uint32_t, added_method> added_methods_;
  std::map<std::pair<mtproto::session_key, std::int64_t>, open_call> open_calls_;
  std::deque<data_center_event> events_;
};

}  // namespace corogram::testdc
