// resPQ as a client hears it. Exactly what is right is accepted, and what the client then asks is
// what the reply and the client's configuration make it.

#include "support/alter.hpp"
#include "support/exchange.hpp"
#include "support/openssl.hpp"

#include <corogram/crypto/pq.hpp>
#include <corogram/mtproto/detail/client_steps.hpp>
#include <corogram/service/functions/req_DH_params.hpp>
#include <corogram/service/types/ResPQ.hpp>

#include <algorithm>
#include <optional>
#include <vector>

namespace corogram::fuzz {

namespace {

using namespace mtproto;

core::byte_buffer make_reply(choices& from, const tl::int128& nonce) {
  service::resPQ reply;
  reply.nonce = nonce;
  alter_nonce(from, reply.nonce);
  reply.server_nonce = exchange::server_nonce;
  alter_nonce(from, reply.server_nonce);
  core::byte_buffer pq{0x17, 0xed, 0x48, 0x94, 0x1a, 0x08, 0xf9, 0x81};
  alter(from, pq);
  reply.pq = pq;
  std::vector<std::int64_t> fingerprints;
  for (std::size_t left = from.below(6); left > 0; --left)
    fingerprints.push_back(from.flag() ? signed_number(from)
                                       : exchange::server_key().public_key().fingerprint());
  reply.server_public_key_fingerprints = fingerprints;
  core::byte_buffer body = tl::encode(reply);
  alter(from, body);
  return body;
}

std::optional<std::uint64_t> number_in(core::byte_view bytes) {
  if (bytes.empty() || bytes.size() > 8) return std::nullopt;
  std::uint64_t number = 0;
  for (const core::byte one : bytes) number = number << 8 | one;
  return number;
}

bool is_product_of_two(std::uint64_t pq) {
  const auto found = crypto::factorize(pq);
  return found && found->p != found->q && found->p * found->q == pq &&
         openssl::is_prime(found->p) && openssl::is_prime(found->q);
}

// What the specification demands of the reply.
bool is_right(core::byte_view body, const tl::int128& nonce) {
  const std::size_t size = exchange::canonical_size<service::resPQ>(body);
  if (size == 0) return false;
  const auto reply = tl::decode_view<service::resPQ>(body.first(size));
  const auto pq = number_in((*reply)->pq);
  const auto& offered = (*reply)->server_public_key_fingerprints;
  return (*reply)->nonce == nonce && pq && is_product_of_two(*pq) &&
         std::ranges::find(offered, exchange::server_key().public_key().fingerprint()) !=
             offered.end();
}

void check_query(core::byte_view body,
                 const detail::client_step<detail::awaiting_dh_params>& step) {
  const auto reply = tl::decode_view<service::resPQ>(body.first(step.object_size));
  const auto query = tl::decode_view<service::req_DH_params>(step.query);
  require(reply && query, "the reply's size was told, and the query is one");
  require((*query)->nonce == (*reply)->nonce && (*query)->server_nonce == (*reply)->server_nonce,
          "the query bears the nonces of the reply");
  const auto p = number_in((*query)->p), q = number_in((*query)->q);
  require(p && q && *p < *q && *p * *q == number_in((*reply)->pq), "p and q are the factors");
  require((*query)->p[0] != 0 && (*query)->q[0] != 0, "and are written without leading zeros");
  require((*query)->encrypted_data.size() == crypto::rsa_size, "RSA makes 256 bytes");
}

}  // namespace

void run(core::byte_view input) noexcept {
  choices from(input);
  exchange::cheap_random random(1);
  const auto config = exchange::client_config(from.byte());
  detail::client_step<detail::awaiting_res_pq> begun = detail::begin(config, random);
  const tl::int128 nonce = begun.state.nonce;
  const bool raw = from.flag();
  const core::byte_buffer body =
      raw ? core::byte_buffer(from.rest().begin(), from.rest().end()) : make_reply(from, nonce);

  const auto step = detail::on_res_pq(std::move(begun.state), body, config, random);
  require(step.has_value() == is_right(body, nonce), "exactly a right resPQ is accepted");
  if (step)
    check_query(body, *step);
  else
    require_within(step.error(), body.size());
}

}  // namespace corogram::fuzz
