"""Rules of the protocol, each broken in one place: what the simulation has to notice.

A mutation replaces a piece of a source file that occurs in it exactly once.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutation:
    name: str  # as the command line and the table spell it
    breaks: str  # the rule, in words
    file: str
    old: str
    new: str
    also: tuple = ()  # further pieces of the same file: (old, new)


SESSION = "src/corogram/mtproto/session_client"
SERVER = "src/corogram/mtproto/server"

MUTATIONS = [
    Mutation(
        "client-skips-acks",
        "every tenth message that needs it is not acknowledged",
        f"{SESSION}_receive.cpp",
        "  if (content_related(message.seq_no)) acks.add(message.msg_id, now);\n"
        "  if (verdict == received_messages::verdict::duplicate) {",
        "  if (content_related(message.seq_no) && (message.msg_id >> 16) % 10 != 0)\n"
        "    acks.add(message.msg_id, now);\n"
        "  if (verdict == received_messages::verdict::duplicate) {",
    ),
    Mutation(
        "client-acks-once",
        "what comes again is not acknowledged again",
        f"{SESSION}_receive.cpp",
        "  if (content_related(message.seq_no)) acks.add(message.msg_id, now);\n"
        "  if (verdict == received_messages::verdict::duplicate) {",
        "  if (content_related(message.seq_no) && verdict == received_messages::verdict::fresh)\n"
        "    acks.add(message.msg_id, now);\n"
        "  if (verdict == received_messages::verdict::duplicate) {",
    ),
    Mutation(
        "server-skips-acks",
        "a call without an early answer is not acknowledged",
        f"{SERVER}_receive.cpp",
        "    if (content_related(message.seq_no)) from.session.acks.add(message.msg_id, from.now);\n",
        "",
    ),
    Mutation(
        "reused-msg-id",
        "two messages of one moment get one id",
        "src/corogram/mtproto/msg_id.hpp",
        "    if (!earlier(last_, id)) id = (last_ & ~std::int64_t{3}) + 4;\n",
        "    if (earlier(id, last_ & ~std::int64_t{3})) id = last_ & ~std::int64_t{3};\n",
    ),
    Mutation(
        "falling-msg-id",
        "ids follow a clock that is corrected backwards",
        "src/corogram/mtproto/msg_id.hpp",
        "    if (!earlier(last_, id)) id = (last_ & ~std::int64_t{3}) + 4;\n",
        "    if (id == (last_ & ~std::int64_t{3})) id += 4;\n",
    ),
    Mutation(
        "seq-no-not-counted",
        "service messages count as content in sequence numbers",
        "src/corogram/mtproto/seq_no.hpp",
        "    if (is_content_related) ++count_;\n",
        "    ++count_;\n",
    ),
    Mutation(
        "salt-not-repaired",
        "the salt of bad_server_salt is not taken",
        f"{SESSION}_repair.cpp",
        "  adopt_salt(notice->new_server_salt, now);\n",
        "",
    ),
    Mutation(
        "clock-not-repaired",
        "a refusal because of the time does not correct the clock",
        f"{SESSION}_repair.cpp",
        "    correct_clock(notice_msg_id, refused.sent_at, now);\n  resend_refused",
        "    static_cast<void>(notice_msg_id);\n  resend_refused",
    ),
    Mutation(
        "client-forgets-resend",
        "what went out on a lost connection does not go out again",
        f"{SESSION}_calls.cpp",
        "    else\n      lost.emplace_back(call.msg_id, request);\n",
        "",
    ),
    Mutation(
        "client-resends-as-new",
        "what went out on a lost connection goes out under a new id",
        f"{SESSION}_calls.cpp",
        "  for (const auto& [msg_id, request] : lost) enqueue(request, calls.at(request));\n",
        "  for (const auto& [msg_id, request] : lost) enqueue_as_new(request, calls.at(request));\n",
    ),
    Mutation(
        "server-forgets-resend",
        "what is not acknowledged does not go out again on the next connection",
        f"{SERVER}.cpp",
        "    if (message.sent_on == link.id) session->enqueue_again(msg_id);\n",
        "    if (message.sent_on == link.id && msg_id == 0) session->enqueue_again(msg_id);\n",
    ),
    Mutation(
        "server-accepts-replay",
        "a message that came before is taken for new",
        f"{SERVER}_receive.cpp",
        "    if (received.judge(message.msg_id) == received_messages::verdict::duplicate) {\n"
        "      repeated.push_back(message);\n"
        "      continue;\n"
        "    }\n",
        "",
    ),
    Mutation(
        "client-accepts-replay",
        "a message that came before is taken for new",
        f"{SESSION}_receive.cpp",
        "    ignore(message.msg_id, errc::duplicate_message);\n    return false;\n  }\n  received_message",
        "    return true;\n  }\n  received_message",
    ),
    Mutation(
        "client-takes-other-sessions",
        "messages for another session of the key are taken",
        f"{SESSION}_receive.cpp",
        "  if (opened->header.session_id != session_id)\n",
        "  if (opened->header.session_id == 0)\n",
    ),
    Mutation(
        "message-key-not-checked",
        "a packet is opened whatever its message key says",
        "src/corogram/mtproto/envelope.cpp",
        "  const bool authentic = core::equal_constant_time(\n"
        "      crypto::msg_key_from_large(decrypted.msg_key_large), decrypted.msg_key);\n",
        "  const bool authentic = !decrypted.msg_key.empty();\n",
    ),
    Mutation(
        "server-hides-new-session",
        "the client is not told that its session was made anew",
        f"{SERVER}_sessions.cpp",
        "  session.enqueue(std::move(message));\n}\n",
        "  if (lowest_msg_id == 0) session.enqueue(std::move(message));\n}\n",
    ),
    Mutation(
        "client-hides-gap",
        "the application is not told that updates may be missing",
        "src/corogram/rpc/engine_link.cpp",
        "                   events_.emplace_back(updates_missed{});\n",
        "",
    ),
    Mutation(
        "lost-answer-not-asked-for",
        "calls without an answer are not asked about",
        f"{SESSION}_send.cpp",
        "  if (query.subjects.empty()) return;\n  //= SMM-28\n",
        "  if (query.subjects.size() < id_list_limit) return;\n  //= SMM-28\n",
    ),
    Mutation(
        "dead-connection-kept",
        "a connection on which nothing comes any more is not given up",
        f"{SESSION}_send.cpp",
        "    if (!quiet_since) quiet_since = now.steady;\n",
        "",
    ),
    Mutation(
        "container-after-content",
        "a container is older than what it holds",
        f"{SESSION}_send.cpp",
        "      const outgoing_message container = number({}, false);\n",
        "      outgoing_message container = number({}, false);\n"
        "      container.msg_id = messages_.front().msg_id - 4;\n",
    ),
    Mutation(
        "server-keeps-acknowledged",
        "the bytes of what is acknowledged stay counted",
        f"{SERVER}_service.cpp",
        "  session.stored_bytes -= at->second.body.size();\n  session.unacknowledged.erase(at);\n",
        "  session.unacknowledged.erase(at);\n",
    ),
    Mutation(
        "answers-swapped",
        "an answer goes to the oldest call",
        f"{SESSION}_calls.cpp",
        "  const auto at = by_msg_id.find(msg_id);\n",
        "  auto at = by_msg_id.find(msg_id);\n"
        "  if (at != by_msg_id.end() && msg_id % 64 == 0) at = by_msg_id.begin();\n",
    ),
    Mutation(
        "order-not-told",
        "requests in order do not say which they follow",
        "src/corogram/rpc/engine_order.cpp",
        "  if (!after.empty()) body.head = after_messages(after, body.head);\n",
        "",
    ),
    Mutation(
        "time-out-early",
        "a request ends before its time",
        "src/corogram/rpc/engine.cpp",
        "  fresh.deadline = now.steady + how.timeout.value_or(options_.request_timeout);\n",
        "  fresh.deadline = now.steady + how.timeout.value_or(options_.request_timeout) / 2;\n",
    ),
    Mutation(
        "short-shared-key",
        "the client's key loses a zero byte at its beginning, and nobody compares hashes",
        "src/corogram/mtproto/detail/client_steps.cpp",
        "  auth_key key(crypto::dh_pow(g_a, own.exponent.view(), prime));\n",
        "  auto shared = crypto::dh_pow(g_a, own.exponent.view(), prime);\n"
        "  if (shared.span()[0] == 0)\n"
        "    for (std::size_t i = 0; i < 256; ++i) shared.span()[i] = i < 255 ? shared.span()[i + 1] : 0;\n"
        "  auth_key key(std::move(shared));\n",
        (
            (
                "  if (!same_nonce((*received.object).*hash, expected))\n",
                "  if (!same_nonce(expected, expected))\n",
            ),
        ),
    ),
    Mutation(
        "frame-length-off",
        "long abridged frames have a wrong length",
        "src/corogram/transport/abridged.cpp",
        "(payload.prepend(long_header_size).data(), words << 8 | first);\n",
        "(payload.prepend(long_header_size).data(),\n"
        "                   (words + (words > 300 ? 1 : 0)) << 8 | first);\n",
    ),
    Mutation(
        "http-does-not-wait",
        "over HTTP no query is left for what the server may want to say",
        "src/corogram/rpc/engine_link.cpp",
        "    if (!more && stream_->needs_query()) {\n",
        "    if (!more && stream_->needs_query() && !alive_) {\n",
    ),
    Mutation(
        "http-response-not-counted",
        "the server speaks over HTTP although every query has its response",
        f"{SERVER}_http.cpp",
        "  if (at != connections.end() && at->second.http) at->second.http->answered();\n",
        "  if (at != connections.end() && at->second.http && id == 0) at->second.http->answered();\n",
    ),
    Mutation(
        "websocket-mask-restarts",
        "the mask of a WebSocket frame begins anew with each piece that comes",
        "src/corogram/transport/websocket_frames.cpp",
        "mask_[mask_position_++ % mask_.size()]",
        "mask_[(mask_position_++, i - begin) % mask_.size()]",
    ),
    Mutation(
        "tls-record-too-long",
        "long content goes in one fake TLS record",
        "src/corogram/transport/fake_tls_records.cpp",
        "    const std::size_t size = std::min(inner.size(), limit);\n",
        "    const std::size_t size = inner.size() + 0 * limit;\n",
    ),
    # Faults that the simulation has found, brought back.
    Mutation(
        "damaged-answer-believed",
        "an answer without a known key ends the client, though a flipped bit can make one",
        "src/corogram/rpc/engine_link.cpp",
        "  return ++refusals_in_a_row_ >= options_.refusal_limit;\n",
        "  return ++refusals_in_a_row_ >= 1;\n",
    ),
    Mutation(
        "pause-for-ever",
        "what the session says of a lost connection counts as a sign of life",
        "src/corogram/rpc/engine_link.cpp",
        "[&](mtproto::clock_corrected&) { events_.emplace_back(key_changed{}); }",
        "[&](mtproto::clock_corrected&) { alive(), events_.emplace_back(key_changed{}); }",
        (("phase_ != phase::open || !is_usable()) return;", "!is_usable()) return;"),),
    ),
    Mutation(
        "deadline-stays",
        "what is due calls for the clock while the connection takes no more bytes",
        f"{SESSION}.cpp",
        "    if (candidate && *candidate > s.awake_since) consider(candidate);\n",
        "    if (candidate) consider(candidate);\n",
    ),
    Mutation(
        "server-clock-goes-back",
        "a server follows its clock when that is set back",
        f"{SERVER}.cpp",
        "  return {now.steady, clock.time(now)};\n",
        "  return now;\n",
    ),
    Mutation(
        "stale-salts-kept",
        "a list of salts that the server contradicts is kept",
        "src/corogram/mtproto/salts.cpp",
        "    known_.clear();\n",
        "",
    ),
    Mutation(
        "untimely-lost",
        "what was ignored for its time is not asked for again",
        f"{SESSION}_receive.cpp",
        "  if (untimely.size() < untimely_limit) untimely.insert(message.msg_id);\n",
        "",
    ),
    Mutation(
        "follower-let-loose",
        "a request does not name the one before it while that waits to be repeated",
        "src/corogram/rpc/engine_order.cpp",
        "    if (other.sent_as.session_id != carrier.session_id) continue;\n",
        "    if (!other.request || other.sent_as.session_id != carrier.session_id) continue;\n",
    ),
]
