#include "handshake.hpp"

#include "target.hpp"

#include <algorithm>
#include <string>

namespace corogram::fuzz {

namespace {

struct outcome {
  core::byte_buffer sent;
  core::byte_buffer left;
  bool finished = false;
  std::string failure;

  bool operator==(const outcome&) const = default;
};

outcome answer(core::byte_view wire, std::uint64_t pieces, const handshake_maker& make) {
  core::test_random random(7);
  const auto handshake = make(random);
  outcome made;
  handshake->start(made.sent);
  in_pieces(wire, pieces, [&](core::byte_view piece) {
    if (!made.failure.empty()) return;
    if (!made.finished) {
      const auto finished = handshake->receive(piece, made.sent);
      if (!finished) {
        require_within(finished.error(), wire.size());
        made.failure =
            finished.error().code.message() + " at " + std::to_string(finished.error().offset);
        return;
      }
      made.finished = *finished;
      require(made.finished || piece.empty(), "an unfinished handshake takes everything");
    }
    core::append(made.left, piece);
  });
  return made;
}

}  // namespace

void check_handshake(core::byte_view wire, std::uint64_t pieces, const handshake_maker& make) {
  const outcome whole = answer(wire, 0, make), parts = answer(wire, pieces, make);
  require(whole == parts, "the same outcome, however the bytes are cut");
  require(whole.left.size() <= wire.size() &&
              std::equal(whole.left.rbegin(), whole.left.rend(), wire.rbegin()),
          "what is left is the end of what was received");
}

}  // namespace corogram::fuzz
