"""Bugs as people make them in decoders and protocols, each in one place, and the targets that have to find them.

A bug replaces a piece of a source file that occurs in it exactly once.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Bug:
    name: str  # as the command line and the table spell it
    what: str  # what is wrong, in words
    target: str
    file: str  # below src/corogram
    old: str
    new: str


BUGS = [
    Bug(
        "container-count",
        "a container may hold one message more than the limit",
        "mtproto_container",
        "mtproto/container.cpp",
        "  if (static_cast<std::size_t>(*count) > limit)",
        "  if (static_cast<std::size_t>(*count) > limit + 1)",
    ),
    Bug(
        "string-end",
        "a string may end three bytes beyond the input: its padding is not counted",
        "tl_service_objects",
        "tl/decode.cpp",
        "  if (left(at) < padded) return fail(",
        "  if (left(at) < header + size) return fail(",
    ),
    Bug(
        "depth",
        "objects may nest as deeply as the input goes",
        "tl_api_objects",
        "tl/decode.cpp",
        "  if (depth > max_depth) return fail(errc::too_deep, at, \"less nesting\");",
        "",
    ),
    Bug(
        "flag-bit",
        "the decoder of values takes the flag of bit 1 for that of bit 2",
        "tl_api_values",
        "tl/decode.cpp",
        "        !field->is_present(load_word(to + fields[field->flags_field].offset)))",
        "        !field->is_present(load_word(to + fields[field->flags_field].offset) >> (field->bit == 2 ? 1 : 0)))",
    ),
    Bug(
        "gzip-limit",
        "what inflates to more than the limit is cut off in place of refused",
        "tl_gzip",
        "tl/gzip.cpp",
        "    if (filled > max_inflated)\n      return core::error(errc::too_large, offset, \"no more than the limit when inflated\");\n",
        "    if (filled > max_inflated) break;\n",
    ),
    Bug(
        "client-nonce",
        "a client does not compare the server's nonce",
        "mtproto_dh_params",
        "mtproto/detail/client_steps.cpp",
        "  if (!same_nonce(object.server_nonce, server_nonce))",
        "  if (false && !same_nonce(object.server_nonce, server_nonce))",
    ),
    Bug(
        "client-fingerprint",
        "a client takes its first key, whatever the server offers",
        "mtproto_res_pq",
        "mtproto/detail/client_steps.cpp",
        "    return std::ranges::find(offered, ours.fingerprint()) != offered.end();",
        "    return !offered.empty() || ours.fingerprint() != 0;",
    ),
    Bug(
        "answer-hash",
        "any of the three hashes fits any of the three answers",
        "mtproto_dh_gen",
        "mtproto/detail/client_steps.cpp",
        "new_nonce_hash(state.new_nonce.view(), number, state.key);\n  if (!same_nonce(",
        "new_nonce_hash(state.new_nonce.view(), number, state.key);\n"
        "  bool fits = false;\n"
        "  for (const auto any : {hash_number::ok, hash_number::retry, hash_number::fail})\n"
        "    fits |= same_nonce((*received.object).*hash,\n"
        "                       new_nonce_hash(state.new_nonce.view(), any, state.key));\n"
        "  if (!fits && !same_nonce(",
    ),
    Bug(
        "dh-range",
        "a DH value may be as small as 2^1983",
        "mtproto_set_client_DH_params",
        "crypto/dh.cpp",
        "  static const number margin = power_of_two(2048 - 64);",
        "  static const number margin = power_of_two(2048 - 65);",
    ),
    Bug(
        "retry-id",
        "a server does not compare the retry_id",
        "mtproto_set_client_DH_params",
        "mtproto/detail/server_steps.cpp",
        "  if (inner->retry_id != state.retry_id) return errc::bad_retry_id;\n",
        "",
    ),
    Bug(
        "factors",
        "a server does not compare p in the inner data",
        "mtproto_req_DH_params",
        "mtproto/detail/server_steps.cpp",
        "!core::equal(inner.p, state.p) ||",
        "",
    ),
    Bug(
        "message-key",
        "the message key is not compared",
        "mtproto_envelope",
        "mtproto/envelope.cpp",
        "      crypto::msg_key_from_large(decrypted.msg_key_large), decrypted.msg_key);\n  // The size",
        "      decrypted.msg_key, decrypted.msg_key);\n  // The size",
    ),
    Bug(
        "padding",
        "the padding of a packet may be as long as it likes",
        "mtproto_envelope_inside",
        "mtproto/envelope.cpp",
        " & (room - length <= max_padding);",
        ";",
    ),
    Bug(
        "length-sign",
        "the length of a packet's message is compared with its sign",
        "mtproto_envelope_inside",
        "mtproto/envelope.cpp",
        "(length <= room - min_padding) & (room - length <= max_padding);",
        "(static_cast<std::int64_t>(static_cast<std::int32_t>(length)) <=\n"
        "       static_cast<std::int64_t>(room - min_padding));",
    ),
    Bug(
        "duplicate",
        "a client takes a message as often as it comes",
        "mtproto_session_pair",
        "mtproto/session_client_receive.cpp",
        "  if (verdict == received_messages::verdict::duplicate) {\n    ignore(message.msg_id, errc::duplicate_message);\n    return false;\n  }",
        "  if (verdict == received_messages::verdict::duplicate) {\n    ignore(message.msg_id, errc::duplicate_message);\n    return true;\n  }",
    ),
    Bug(
        "sequence",
        "a server's service messages count as content in sequence numbers",
        "mtproto_session_server",
        "mtproto/server_send.cpp",
        "    return {msg_id, session_.seq_nos.next(is_content_related)};",
        "    return {msg_id, session_.seq_nos.next(is_content_related || response)};",
    ),
    Bug(
        "call-twice",
        "a server runs a call that is over again when its message comes again",
        "mtproto_session_pair",
        "mtproto/server_calls.cpp",
        "    if (!was_call && parity_of(message.body) == parity::free) dispatch(from, message);\n",
        "    static_cast<void>(was_call), dispatch(from, message);\n",
    ),
    Bug(
        "answered-twice",
        "a call is not forgotten with its answer",
        "mtproto_session_client",
        "mtproto/session_client_service.cpp",
        "  erase(request);\n  // The answer to a call of ours",
        "  // The answer to a call of ours",
    ),
    Bug(
        "checksum",
        "the checksum of a full frame is not compared",
        "transport_full",
        "transport/full.cpp",
        "  if (core::load_le<std::uint32_t>(input.data() + checksum_offset) !=\n      crypto::crc32(input.first(checksum_offset)))",
        "  if (input.size() < checksum_offset)",
    ),
    Bug(
        "abridged-long",
        "127 words go in the short form of abridged",
        "transport_abridged",
        "transport/abridged.cpp",
        "    if (words < long_form) return bad_length(\"127 words or more in the long form\");",
        "    if (words <= long_form) return bad_length(\"127 words or more in the long form\");",
    ),
    Bug(
        "websocket-mask",
        "the mask of a WebSocket frame begins anew with each piece that is received",
        "transport_websocket_frames",
        "transport/websocket_frames.cpp",
        "    const std::size_t begin = target.size();\n",
        "    const std::size_t begin = target.size();\n    mask_position_ = 0;\n",
    ),
    Bug(
        "hello-replay",
        "a fake TLS hello works as often as it is sent",
        "transport_fake_tls_hello",
        "transport/fake_tls_hello.cpp",
        "    if (!memory.remember(hello.client_random, now))",
        "    if (!memory.remember(hello.client_random, now) && false)",
    ),
    Bug(
        "empty-call",
        "a packed object of no bytes is a call",
        "mtproto_session_server",
        "mtproto/server_service.cpp",
        "  const bool is_object = inside && tl::peek_id(inside->object);",
        "  const bool is_object = inside.has_value();",
    ),
]
