// Messages with AES and SHA instructions at once, one or several at a time.
//
// A message that is opened, from its blocks of 16 bytes:
//
//   AES   | 2 | 4 | 4 | 4 |  ...  | 4 | 1..4 |
//   SHA   |   |-0-|-1-|-2-|  ...  |   |  -n- | rest, padding |
//                 '-- the middle: in lanes --'
//
// (Why the hash follows two blocks behind: detail/message_parts.hpp.)
//
// A message that is sealed must be hashed before it can be encrypted. Those that wait for it are
// hashed meanwhile.

#include <corogram/crypto/detail/message_kernels.hpp>

#ifdef __x86_64__

#include <corogram/crypto/detail/message_parts.hpp>
#include <corogram/crypto/detail/pool.hpp>

#include <algorithm>
#include <array>
#include <cstddef>

namespace corogram::crypto::detail {

namespace {

/// A message that is being opened. Pre: three blocks or more.
class opening {
 public:
  ige_lane lane;
  sha256_lane hash;

  COROGRAM_STITCHED_ENTRY void begin(message_to_open& message) noexcept {
    message_ = &message;
    core::byte* const text = message.text.data();
    const key_iv_registers aes =
        derive_in_registers(message.auth_key, load(message.msg_key.data()), message.sender);
    make_schedule<operation::decrypt>(lane.keys, aes.key_low, aes.key_high);
    ige_begin(lane, text, aes.iv_low, aes.iv_high);
    ige_chain c = load_chain(lane);
    plain_input input;
    plain_block<operation::decrypt, false>(c, lane.keys, text, input);
    plain_block<operation::decrypt, false>(c, lane.keys, text + 16, input);
    assemble(first_, message.auth_key, message.sender, text);
    lane.text = text + 32;
    hash = {sha256_begin(), first_.bytes.data()};
    // The last 1 to 4 blocks are for end().
    chunks_ = (message.text.size() / block_size - 3) / blocks_a_chunk;
    if (chunks_ != 0) {
      stitched_chunk<operation::decrypt>(c, lane.keys, lane.text, hash.state, hash.text, input);
      --chunks_;
      lane.text += chunk_size;
      hash.text = text + key_part_size;
    }
    lane.state = c.state;
    lane.mask = c.mask;
  }

  /// How many chunks lie in the middle and are not done.
  [[nodiscard]] std::size_t chunks() const noexcept { return chunks_; }
  void done(std::size_t chunks) noexcept { chunks_ -= chunks; }

  /// Pre: chunks() == 0
  COROGRAM_STITCHED_ENTRY void end() noexcept {
    const std::size_t blocks = blocks_from(lane.text, message_->text);
    sha256_registers s = hash.state;
    ige_chain c = load_chain(lane);
    plain_input input;
    stitched_end<operation::decrypt>(c, lane, blocks, s, load_block(hash.text, big_endian()),
                                     input);
    write(finish_hash(s, lane.text, blocks, key_part_size + message_->text.size()),
          message_->msg_key_large);
  }

 private:
  message_to_open* message_;
  std::size_t chunks_;
  first_block first_;
};

/// A message that is being hashed. Pre: two blocks or more.
template <class Message>
class hashing {
 public:
  sha256_lane hash;

  COROGRAM_STITCHED_ENTRY void begin(Message& message) noexcept {
    message_ = &message;
    assemble(first_, message.auth_key, message.sender, message.text.data());
    hash = {sha256_begin(), first_.bytes.data()};
    chunks_ = 1;
  }

  /// How many chunks lie in a row from hash.text on.
  [[nodiscard]] std::size_t chunks() const noexcept { return chunks_; }

  void done(std::size_t chunks) noexcept {
    chunks_ -= chunks;
    if (chunks_ != 0 || hash.text != first_.bytes.data() + chunk_size) return;
    hash.text = message_->text.data() + key_part_size;
    chunks_ = (message_->text.size() - key_part_size) / chunk_size;
  }

  /// Pre: chunks() == 0
  COROGRAM_STITCHED_ENTRY Message& end() noexcept {
    write(finish_hash(hash.state, hash.text, blocks_from(hash.text, message_->text), hashed_size()),
          message_->msg_key_large);
    return *message_;
  }

  /// end, in the shadow of the end of another message. Pre: chunks() == 0
  COROGRAM_STITCHED Message& end_beside(const ige_lane& lane, std::size_t blocks) noexcept {
    std::size_t rest = blocks_from(hash.text, message_->text);
    sha256_registers s = hash.state;
    if (rest == blocks_a_chunk) {
      sha256_block(s, load_block(hash.text, big_endian()));
      rest = 0;
    }
    ige_chain c = load_chain(lane);
    plain_input input;
    stitched_end<operation::encrypt>(c, lane, blocks, s, padded(hash.text, rest, hashed_size()),
                                     input);
    write(digest_of(s), message_->msg_key_large);
    return *message_;
  }

 private:
  [[nodiscard]] std::uint64_t hashed_size() const noexcept {
    return key_part_size + message_->text.size();
  }

  Message* message_;
  std::size_t chunks_;
  first_block first_;
};

/// A hashed message that is being encrypted. Pre: one block or more.
class encrypting {
 public:
  ige_lane lane;

  COROGRAM_STITCHED_ENTRY void begin(message_to_seal& message) noexcept {
    //= DESC-31
    const __m128i msg_key = load(message.msg_key_large.data() + 8);
    const key_iv_registers aes = derive_in_registers(message.auth_key, msg_key, message.sender);
    make_schedule<operation::encrypt>(lane.keys, aes.key_low, aes.key_high);
    ige_begin(lane, message.text.data(), aes.iv_high, aes.iv_low);
    blocks_ = message.text.size() / block_size;
    // The last 1 to 4 blocks are for end().
    chunks_ = (blocks_ - 1) / blocks_a_chunk;
    blocks_ -= blocks_a_chunk * chunks_;
  }

  [[nodiscard]] std::size_t chunks() const noexcept { return chunks_; }
  void done(std::size_t chunks) noexcept { chunks_ -= chunks; }

  /// Pre: chunks() == 0
  COROGRAM_STITCHED_ENTRY void end() noexcept { ige_end<operation::encrypt>(lane, blocks_); }

  /// end, and that of a hash in its shadow.
  COROGRAM_STITCHED_ENTRY message_to_seal& end_with(hashing<message_to_seal>& other) noexcept {
    return other.end_beside(lane, blocks_);
  }

 private:
  std::size_t chunks_, blocks_;
};

template <std::size_t Lanes>
void open_in_lanes(std::span<message_to_open> messages) noexcept {
  pool<opening, Lanes> openings;
  std::array<ige_lane*, Lanes> lanes;
  std::array<sha256_lane*, Lanes> hashes;
  for (std::size_t next = 0; next < messages.size() || openings.size() != 0;) {
    while (openings.has_room() && next < messages.size()) {
      message_to_open& message = messages[next++];
      // Too short for a message of MTProto; its sender will hear that as late as of any other.
      if (message.text.size() < 3 * block_size)
        open_messages_reference({&message, 1});
      else
        openings.begin(message);
    }
    if (openings.size() == 0) break;
    const std::size_t chunks = openings.chunks();
    run_lanes<operation::decrypt>(lanes_of(openings, &opening::lane, lanes),
                                  lanes_of(openings, &opening::hash, hashes), chunks);
    openings.advance(chunks);
    while (opening* const ended = openings.take_ended()) ended->end();
  }
}

/// Hashes what is in the messages now.
template <class Message>
void hash_in_lanes(std::span<Message> messages) noexcept {
  pool<hashing<Message>, most_lanes> hashings;
  std::array<sha256_lane*, most_lanes> hashes;
  for (std::size_t next = 0; next < messages.size() || hashings.size() != 0;) {
    for (; hashings.has_room() && next < messages.size(); ++next)
      if (Message& message = messages[next]; message.text.size() < 2 * block_size)
        message.msg_key_large = msg_key_large(message.auth_key, message.sender, message.text);
      else
        hashings.begin(message);
    if (hashings.size() == 0) break;
    const std::size_t chunks = hashings.chunks();
    run_lanes<operation::encrypt>({}, lanes_of(hashings, &hashing<Message>::hash, hashes), chunks);
    hashings.advance(chunks);
    while (hashing<Message>* const ended = hashings.take_ended()) ended->end();
  }
}

template <std::size_t Lanes>
void seal_in_lanes(std::span<message_to_seal> messages) noexcept {
  pool<hashing<message_to_seal>, Lanes> hashings;
  pool<encrypting, Lanes> encryptings;
  std::array<ige_lane*, Lanes> lanes;
  std::array<sha256_lane*, Lanes> hashes;
  // Hashed and not begun to be encrypted. Hashing does not run ahead of that further than this.
  std::array<message_to_seal*, 2 * Lanes> hashed;
  std::size_t waiting = 0;
  for (std::size_t next = 0;;) {
    while (encryptings.has_room() && waiting != 0) encryptings.begin(*hashed[--waiting]);
    while (hashings.has_room() && waiting + hashings.size() < hashed.size() &&
           next < messages.size()) {
      message_to_seal& message = messages[next++];
      if (message.text.size() < 2 * block_size)
        seal_messages_reference({&message, 1});
      else
        hashings.begin(message);
    }
    if (hashings.size() == 0 && encryptings.size() == 0) {
      if (waiting == 0) break;
      continue;
    }
    const std::size_t chunks = std::min(hashings.chunks(), encryptings.chunks());
    run_lanes<operation::encrypt>(lanes_of(encryptings, &encrypting::lane, lanes),
                                  lanes_of(hashings, &hashing<message_to_seal>::hash, hashes),
                                  chunks);
    encryptings.advance(chunks);
    hashings.advance(chunks);
    for (;;) {
      encrypting* const encrypted = encryptings.take_ended();
      hashing<message_to_seal>* const ended = hashings.take_ended();
      if (encrypted == nullptr && ended == nullptr) break;
      if (encrypted == nullptr)
        hashed[waiting++] = &ended->end();
      else if (ended == nullptr)
        encrypted->end();
      else
        hashed[waiting++] = &encrypted->end_with(*ended);
    }
  }
}

}  // namespace

void open_messages_stitched(std::span<message_to_open> messages) noexcept {
  open_in_lanes<1>(messages);
}

void open_messages_x2(std::span<message_to_open> messages) noexcept {
  open_in_lanes<2>(messages);
}

void open_messages_x3(std::span<message_to_open> messages) noexcept {
  open_in_lanes<3>(messages);
}

void seal_messages_pipelined(std::span<message_to_seal> messages) noexcept {
  seal_in_lanes<1>(messages);
}

void seal_messages_x2(std::span<message_to_seal> messages) noexcept {
  seal_in_lanes<2>(messages);
}

void seal_messages_x3(std::span<message_to_seal> messages) noexcept {
  seal_in_lanes<3>(messages);
}

void hash_messages_x3(std::span<message_to_open> messages) noexcept {
  hash_in_lanes(messages);
}

void hash_messages_x3(std::span<message_to_seal> messages) noexcept {
  hash_in_lanes(messages);
}

}  // namespace corogram::crypto::detail

#endif
