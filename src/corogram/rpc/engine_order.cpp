// Requests that the server has to begin in order: which ones a request follows, how it says so, and
// when it may go out.
//
//   A            B after A         C after B        as they were submitted
//   msg 1        msg 2: after 1    msg 3: after 2   all at once
//   FLOOD_WAIT   MSG_WAIT_FAILED   MSG_WAIT_FAILED  ... A waits, B waits for A, C for B
//   msg 4        msg 5: after 4    msg 6: after 5   all at once, when A may

#include <corogram/mtproto/packed.hpp>
#include <corogram/rpc/engine.hpp>
#include <corogram/rpc/engine_operation_impl.hpp>

#include <algorithm>

namespace corogram::rpc {
namespace {

/// Units: bytes. As in a session: what is longer is packed if that makes it shorter.
constexpr std::size_t compress_above = 1024;

}  // namespace

/// The requests right before this one in its orders that are not finished.
std::vector<operation_id> engine::predecessors_of(operation_id id, const operation& request) const {
  std::vector<operation_id> found;
  for (const std::uint64_t order : request.how.orders) {
    const auto& members = orders_of_requests_.at(order);
    const auto at = members.find(id);
    if (at == members.begin()) continue;
    const operation_id before = *std::prev(at);
    if (std::ranges::find(found, before) == found.end()) found.push_back(before);
  }
  return found;
}

//= INV-13
/// A request can follow another only if that is under way too. One that was refused because of
/// another waits for the answer to that.
bool engine::waits_for_predecessors(operation_id id, const operation& request) const {
  return std::ranges::any_of(predecessors_of(id, request), [&](operation_id before) {
    const auto& under_way = operations_.at(before).request;
    if (!under_way) return true;
    const auto as_it_was = std::pair(before, *under_way);
    return request.is_held_back &&
           std::ranges::find(request.followed, as_it_was) != request.followed.end();
  });
}

/// The call for the message that is about to carry it, with the ids of those that it follows.
mtproto::query_body engine::ordered_call(operation_id id,
                                         const mtproto::message_identity& carrier) {
  operation& request = operations_.at(id);
  request.sent_as = carrier;
  request.followed.clear();
  std::vector<std::int64_t> after;
  for (const operation_id before : predecessors_of(id, request)) {
    const operation& other = operations_.at(before);
    //= INV-15
    if (other.sent_as.session_id != carrier.session_id) continue;
    // One that has failed and waits to be repeated is named all the same: a message of ours that
    // was refused and goes out anew is refused for it again, and waits then.
    after.push_back(other.sent_as.msg_id);
    request.followed.emplace_back(before, other.request.value_or(mtproto::request_id{}));
  }
  mtproto::query_body body = call_body(request);
  if (request.how.compress && body.size() > compress_above) mtproto::pack(body);
  //= INV-09
  //= INV-14
  if (!after.empty()) body.head = after_messages(after, body.head);
  return body;
}

/// Has a request that failed because of others wait for their answers.
bool engine::await_predecessors(operations::iterator at) {
  at->second.is_held_back = true;
  hand_over(at->first, at->second);
  return true;
}

/// A request that is repeated is not what its followers were to follow. Those that have not gone
/// out yet wait for it again; the others the server refuses.
void engine::hold_back_followers(operations::iterator at) {
  for (const std::uint64_t order : at->second.how.orders) {
    const auto& members = orders_of_requests_.at(order);
    for (auto next = members.upper_bound(at->first); next != members.end(); ++next) {
      operation& follower = operations_.at(*next);
      if (!follower.request || !session_ || session_->msg_id_of(*follower.request)) continue;
      session_->drop(*follower.request);
      by_request_.erase(*follower.request);
      follower.request.reset();
      order_changed_ = true;
    }
  }
}

/// Sends what may follow now.
void engine::hand_over_ordered() {
  while (std::exchange(order_changed_, false)) {
    for (const auto& [order, members] : orders_of_requests_) {
      for (const operation_id id : members) hand_over(id, operations_.at(id));
    }
  }
}

}  // namespace corogram::rpc
