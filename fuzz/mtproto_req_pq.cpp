// Unencrypted packets as a server of the key exchange hears the first of them: req_pq_multi and
// req_pq, from several peers, repeated, altered. Each gets an answer, the same packet the same
// answer; and however many there are, no more is remembered than may be.

#include "support/alter.hpp"
#include "support/exchange.hpp"
#include "support/openssl.hpp"

#include <corogram/core/endian.hpp>
#include <corogram/crypto/pq.hpp>
#include <corogram/mtproto/msg_id.hpp>
#include <corogram/mtproto/plain_message.hpp>
#include <corogram/service/functions/req_pq.hpp>
#include <corogram/service/functions/req_pq_multi.hpp>
#include <corogram/service/types/ResPQ.hpp>

#include <algorithm>
#include <map>
#include <variant>

namespace corogram::fuzz {

namespace {

using namespace mtproto;

constexpr std::size_t most_packets = 24;
constexpr std::size_t max_runs = 6;
constexpr std::size_t max_runs_per_peer = 3;

template <class Query>
core::byte_buffer make_query(choices& from) {
  Query query;
  query.nonce = exchange::nonce;
  alter_nonce(from, query.nonce);
  core::byte_buffer body = tl::encode(query);
  alter(from, body);
  return body;
}

core::byte_buffer make_packet(choices& from, std::int64_t msg_id) {
  core::byte_buffer packet;
  switch (from.below(4)) {
    case 0: {
      const core::byte_view raw = from.take(from.below(256));
      return {raw.begin(), raw.end()};
    }
    case 1:
      encode_plain(msg_id, make_query<service::req_pq>(from), packet);
      break;
    default:
      encode_plain(msg_id, make_query<service::req_pq_multi>(from), packet);
  }
  alter(from, packet);
  return packet;
}

// A query that no rule, however strict, has a word against.
bool is_right(core::byte_view packet) {
  constexpr std::size_t nonce_query_size = 20;
  if (packet.size() < plain_header_size + nonce_query_size) return false;
  const auto msg_id = core::load_le<std::int64_t>(packet.data() + 8);
  return std::ranges::all_of(packet.first(8), [](core::byte one) { return one == 0; }) &&
         msg_id % 4 == 0 && (msg_id >> 32) != 0 && (msg_id & 0xffffffff) != 0 &&
         core::load_le<std::uint32_t>(packet.data() + 16) == nonce_query_size &&
         packet.size() - plain_header_size - nonce_query_size <= max_transport_padding &&
         core::load_le<std::uint32_t>(packet.data() + plain_header_size) ==
             service::req_pq_multi::tl_id;
}

void check_reply(core::byte_view packet, core::byte_view query) {
  const auto message = decode_plain(packet);
  require(message && check_plain_msg_id(message->msg_id, role::server), "a server's message");
  std::size_t size = 0;
  const auto reply = tl::decode_view<service::resPQ>(message->body, &size);
  require(reply.has_value(), "the reply is a resPQ");
  require(core::equal((*reply)->nonce, query.subspan(plain_header_size + 4, 16)), "with the nonce");
  require((*reply)->pq.size() == 8, "pq has 8 bytes");
  const auto pq = core::load_be<std::uint64_t>((*reply)->pq.data());
  const auto factors = crypto::factorize(pq);
  require(pq >> 63 == 0 && factors && factors->p != factors->q, "of two primes, below 2^63");
  require((*reply)->server_public_key_fingerprints.size() == 1, "our one key is offered");
}

}  // namespace

void run(core::byte_view input) noexcept {
  choices from(input);
  auto config = exchange::server_config(from.byte());
  config.max_runs = max_runs;
  config.max_runs_per_peer = max_runs_per_peer;
  const bool strict = config.strictness.of(rule::plain_trailing_bytes) == strictness::strict;
  auth_key_store keys;
  core::test_random random(1);
  key_exchange_server machine(std::move(config), keys, random);
  core::instant now = exchange::noon;
  msg_id_source ids(role::client);

  core::byte_buffer last;
  for (std::size_t i = 0; i < most_packets && !from.empty(); ++i) {
    const bool again = from.flag() && !last.empty();
    if (!again) last = make_packet(from, ids.next(now.wall));
    const std::uint64_t peer = from.below(4);
    now = core::later(now, std::chrono::seconds(from.below(128)));
    machine.handle_timeout(now);
    const std::size_t before = machine.runs();
    const key_exchange_reply reply = machine.handle_packet(last, now, peer);
    const auto* const packet = std::get_if<core::byte_buffer>(&reply);
    if (is_right(last)) require(packet != nullptr, "what is right is answered");
    if (strict && packet != nullptr)
      require(is_right(last), "and nothing else, by a strict server");
    if (packet != nullptr) {
      check_reply(*packet, last);
      const key_exchange_reply repeated = machine.handle_packet(last, now, peer);
      const auto* const same = std::get_if<core::byte_buffer>(&repeated);
      require(same != nullptr && core::equal(core::byte_view(*same).subspan(plain_header_size),
                                             core::byte_view(*packet).subspan(plain_header_size)),
              "the same query gets the same reply");
    } else {
      const std::int32_t code = std::get<key_exchange_refusal>(reply).code;
      require(code == -404, "a refusal says -404");
      require(machine.runs() == before, "and begins no run");
    }
    require(machine.runs() <= max_runs, "no more runs than may be remembered");
    require(machine.poll_deadline().has_value() == (machine.runs() != 0), "each has its end");
    while (const auto event = machine.poll_event())
      require(!std::holds_alternative<key_agreed>(*event), "no key comes of a first query");
  }
  now = core::later(now, std::chrono::minutes(10));
  machine.handle_timeout(now);
  require(machine.runs() == 0 && keys.size() == 0, "in the end all is forgotten");
}

}  // namespace corogram::fuzz
