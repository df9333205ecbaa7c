#pragma once

// invokeAfterMsg and invokeAfterMsgs: calls that wait until other messages of their session have
// succeeded.
//
//   admit(after) --> run: all succeeded | fail: one failed | wait: one is unknown or running
//   finished(id) --> calls that waited for it run or fail
//   0.5 s        --> calls that still wait time out

#include <corogram/core/clock.hpp>
#include <corogram/mtproto/server.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace corogram::testdc {

//= INV-10
/// How long a call waits for the messages before it.
inline constexpr std::chrono::milliseconds max_call_wait{500};

/// How many outcomes a session remembers; the oldest ones are forgotten first.
inline constexpr std::size_t remembered_outcomes = 1024;

/// What is to be done with a call.
enum class admission { run, wait, failed, timed_out };

/// A call that has waited, and what became of it: anything but wait.
struct released_call {
  mtproto::request_event request;
  admission verdict = admission::run;
};

/// Keeps the order of calls within each session.
class call_order {
 public:
  /// admit decides on a call that may run only after the messages `after` have succeeded.
  [[nodiscard]] admission admit(const mtproto::session_key& session,
                                const std::vector<std::int64_t>& after) const;

  /// hold keeps a call for which admit said wait.
  void hold(mtproto::request_event request, std::vector<std::int64_t> after, core::instant now);

  /// finished notes the outcome of a message and returns the calls that it releases.
  std::vector<released_call> finished(const mtproto::session_key& session, std::int64_t msg_id,
                                      bool succeeded);

  [[nodiscard]] std::optional<core::deadline> poll_deadline() const;
  /// handle_timeout returns the calls that have waited too long.
  std::vector<released_call> handle_timeout(core::instant now);

  /// forget drops all that belongs to a session.
  void forget(const mtproto::session_key& session);

 private:
  struct held_call {
    mtproto::request_event request;
    std::vector<std::int64_t> after;
    core::deadline until;
  };
  struct session_outcomes {
    std::unordered_map<std::int64_t, bool> succeeded;
    std::deque<std::int64_t> oldest_first;
  };

  std::map<mtproto::session_key, session_outcomes> outcomes_;
  /// In the order of their deadlines, as all wait equally long.
  std::deque<held_call> held_;
};

}  // namespace corogram::testdc
