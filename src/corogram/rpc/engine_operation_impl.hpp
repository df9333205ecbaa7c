#pragma once

// What the engine remembers about one operation.

#include <corogram/rpc/engine.hpp>

namespace corogram::rpc {

struct engine::operation {
  operation() : pauses(backoff_options()) {}

  /// A request with a body; or else somebody who waits for the session.
  bool is_request = false;
  /// Also the session's while the request is there.
  core::shared_bytes body;
  request_options how;
  /// On the monotonic clock.
  std::chrono::nanoseconds begun{};
  core::deadline deadline{};

  /// Its name in the session, while it is there.
  std::optional<mtproto::request_id> request;
  /// It went out inside invokeWithLayer and initConnection.
  bool wrapped = false;
  /// Where it went out last, if its place in an order matters; and the requests, each as it was
  /// then, that it named in invokeAfterMsg(s).
  mtproto::message_identity sent_as;
  std::vector<std::pair<operation_id, mtproto::request_id>> followed;
  /// The server has not run it because one of those failed: until their answers are here it waits.
  bool is_held_back = false;
  /// It is to go out again then, and is not in the session before.
  std::optional<core::deadline> resume_at;
  /// How often it was repeated because the server did not know us, or our temporary key.
  std::uint32_t introductions = 0;
  /// How often it was repeated because the server failed.
  backoff pauses;
};

}  // namespace corogram::rpc
