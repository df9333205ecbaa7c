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
// hashed meanwhile, and the keys of the next one are derived.

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
    assemble(first_.bytes.data(), message.auth_key, message.sender, text);
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

/// A message that is being hashed: part of the key and the beginning of the text, then the text,
/// then its end and the padding. Pre: two blocks or more.
template <class Message>
class hashing {
 public:
  sha256_lane hash;

  hashing() = default;
  hashing(const hashing&) = delete;
  hashing& operator=(const hashing&) = delete;
  ~hashing() { core::wipe(edge_); }

  COROGRAM_STITCHED_ENTRY void begin(Message& message) noexcept {
    message_ = &message;
    assemble(edge_.data(), message.auth_key, message.sender, message.text.data());
    hash = {sha256_begin(), edge_.data()};
    chunks_ = 1;
    now_ = part::first;
  }

  /// How many chunks lie in a row from hash.text on.
  [[nodiscard]] std::size_t chunks() const noexcept { return chunks_; }

  void done(std::size_t chunks) noexcept {
    chunks_ -= chunks;
    if (chunks_ == 0 && now_ == part::first) {
      now_ = part::middle;
      hash.text = message_->text.data() + key_part_size;
      chunks_ = (message_->text.size() - key_part_size) / chunk_size;
    }
    if (chunks_ == 0 && now_ == part::middle) {
      now_ = part::last;
      write_padding();
      hash.text = edge_.data();
      chunks_ = 1;
    }
  }

  /// Pre: chunks() == 0
  COROGRAM_STITCHED_ENTRY Message& end() noexcept {
    write(digest_of(hash.state), message_->msg_key_large);
    return *message_;
  }

 private:
  enum class part { first, middle, last };

  /// Writes what is left of the text, 0 to 3 blocks of 16 bytes, and the padding of FIPS
  /// 180-4, 5.1.1.
  /// In pieces as long as those that are read at once, or the processor could not hand them on.
  void write_padding() noexcept {
    const std::size_t rest = blocks_from(hash.text, message_->text);
    const __m128i one_bit = _mm_set_epi64x(0, 0x80);
    const auto bits = std::uint64_t{8} * (key_part_size + message_->text.size());
    __m128i line = _mm_set_epi64x(static_cast<long long>(__builtin_bswap64(bits)), 0);
    for (std::size_t i = blocks_a_chunk; i-- > 0; line = _mm_setzero_si128()) {
      if (i < rest) line = load(hash.text + i * block_size);
      if (i == rest) line = _mm_or_si128(line, one_bit);
      store(edge_.data() + i * block_size, line);
    }
  }

  Message* message_;
  std::size_t chunks_;
  part now_;
  // What is hashed and does not stand in the text like that: the first block, then the last one.
  alignas(16) std::array<core::byte, chunk_size> edge_;
};

//= DESC-31
COROGRAM_STITCHED __m128i msg_key_of(const message_to_seal& message) noexcept {
  return load(message.msg_key_large.data() + 8);
}

/// The two hashes that make a hashed message's key and initialisation vector, as texts of one chunk
/// each.
class deriving {
 public:
  sha256_lane a, b;

  COROGRAM_STITCHED_ENTRY explicit deriving(const message_to_seal& message) noexcept {
    const derivation_texts texts =
        derivation_texts_of(message.auth_key, msg_key_of(message), message.sender);
    store_words(of_a_.data(), texts.of_a);
    store_words(of_b_.data(), texts.of_b);
    a = {sha256_begin(), of_a_.data()};
    b = {sha256_begin(), of_b_.data()};
  }

  deriving(const deriving&) = delete;
  deriving& operator=(const deriving&) = delete;
  ~deriving() {
    core::wipe(of_a_);
    core::wipe(of_b_);
    for (sha256_lane* const lane : {&a, &b})
      core::wipe({static_cast<core::byte*>(static_cast<void*>(lane)), sizeof *lane});
  }

  // In line, as prepare() below is: what is handed over in memory stays there.
  COROGRAM_STITCHED key_iv_registers end() const noexcept { return key_iv_of(a.state, b.state); }

 private:
  using block = std::array<core::byte, hash_block_size>;

  COROGRAM_STITCHED void store_words(core::byte* to, const window& text) noexcept {
    for (std::size_t i = 0; i < 4; ++i)
      store(to + 16 * i, _mm_shuffle_epi8(text.words[i], big_endian()));
  }

  alignas(16) block of_a_, of_b_;
};

/// A hashed message that is being encrypted. Pre: one block or more.
class encrypting {
 public:
  ige_lane lane;

  /// Does what begin() would have to do. Pre: `aes` is of this message.
  COROGRAM_STITCHED void prepare(const message_to_seal& message,
                                 const key_iv_registers& aes) noexcept {
    message_ = &message;
    make_schedule<operation::encrypt>(lane.keys, aes.key_low, aes.key_high);
    ige_begin(lane, message.text.data(), aes.iv_high, aes.iv_low);
    blocks_ = message.text.size() / block_size;
    // The last 1 to 4 blocks are for end().
    chunks_ = (blocks_ - 1) / blocks_a_chunk;
    blocks_ -= blocks_a_chunk * chunks_;
  }

  [[nodiscard]] bool is_prepared_for(const message_to_seal& message) const noexcept {
    return message_ == &message;
  }

  COROGRAM_STITCHED_ENTRY void begin(const message_to_seal& message) noexcept {
    if (!is_prepared_for(message))
      prepare(message, derive_in_registers(message.auth_key, msg_key_of(message), message.sender));
  }

  [[nodiscard]] std::size_t chunks() const noexcept { return chunks_; }
  void done(std::size_t chunks) noexcept { chunks_ -= chunks; }

  /// Pre: chunks() == 0
  COROGRAM_STITCHED_ENTRY void end() noexcept { ige_end<operation::encrypt>(lane, blocks_); }

 private:
  const message_to_seal* message_ = nullptr;
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

/// The messages of a queue on their way: first hashed, then encrypted.
template <std::size_t Lanes>
class sealing_queue {
 public:
  explicit sealing_queue(std::span<message_to_seal> messages) noexcept : unhashed_(messages) {}

  void run() noexcept {
    for (;;) {
      hash_more();
      encrypt_more();
      prepare_next();
      if (hashings_.size() == 0 && encryptings_.size() == 0) return;
      const std::size_t chunks = std::min(hashings_.chunks(), encryptings_.chunks());
      run_lanes<operation::encrypt>(lanes_of(encryptings_, &encrypting::lane, lanes_),
                                    lanes_of(hashings_, &hashing<message_to_seal>::hash, hashes_),
                                    chunks);
      encryptings_.advance(chunks);
      hashings_.advance(chunks);
      end_some();
    }
  }

 private:
  /// Beside a single message two others can be hashed, so that hashing never falls behind: there is
  /// a little more of it to do than of encryption.
  static constexpr std::size_t hash_lanes = Lanes == 1 ? 2 : Lanes;

  void hash_more() noexcept {
    while (hashings_.has_room() && waiting_ + hashings_.size() < hashed_.size() &&
           !unhashed_.empty()) {
      message_to_seal& message = unhashed_.front();
      unhashed_ = unhashed_.subspan(1);
      if (message.text.size() < 2 * block_size)
        seal_messages_reference({&message, 1});
      else
        hashings_.begin(message);
    }
  }

  // Beside a single message there is also room for the hashes that make the next one's keys.
  COROGRAM_STITCHED_ENTRY void prepare_next() noexcept {
    if (Lanes != 1 || waiting_ == 0 || encryptings_.size() == 0 || encryptings_.chunks() == 0)
      return;
    encrypting& next = encryptings_.next();
    const message_to_seal& message = *hashed_[first_];
    if (next.is_prepared_for(message)) return;
    deriving keys(message);
    run_lanes<operation::encrypt>(lanes_of(encryptings_, &encrypting::lane, lanes_),
                                  std::array{&keys.a, &keys.b}, 1);
    encryptings_.advance(1);
    next.prepare(message, keys.end());
  }

  // The one that waits longest: the hash of the last one may still be on its way to memory.
  void encrypt_more() noexcept {
    while (encryptings_.has_room() && waiting_ != 0) {
      encryptings_.begin(*hashed_[first_]);
      first_ = (first_ + 1) % hashed_.size();
      --waiting_;
    }
  }

  void end_some() noexcept {
    while (encrypting* const ended = encryptings_.take_ended()) {
      // First the next one begins: if its keys are not derived yet, the processor does that while
      // it waits for the last rounds of the other.
      encrypt_more();
      ended->end();
    }
    while (hashing<message_to_seal>* const ended = hashings_.take_ended())
      hashed_[(first_ + waiting_++) % hashed_.size()] = &ended->end();
  }

  std::span<message_to_seal> unhashed_;
  pool<hashing<message_to_seal>, hash_lanes> hashings_;
  // Hashed and not begun to be encrypted, in a ring. Hashing does not run ahead of that further
  // than this.
  std::array<message_to_seal*, 2 * hash_lanes> hashed_;
  std::size_t first_ = 0, waiting_ = 0;
  pool<encrypting, Lanes, 2 * Lanes> encryptings_;
  std::array<ige_lane*, Lanes> lanes_;
  std::array<sha256_lane*, hash_lanes> hashes_;
};

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
  sealing_queue<1>(messages).run();
}

void seal_messages_x2(std::span<message_to_seal> messages) noexcept {
  sealing_queue<2>(messages).run();
}

void seal_messages_x3(std::span<message_to_seal> messages) noexcept {
  sealing_queue<3>(messages).run();
}

void hash_messages_x3(std::span<message_to_open> messages) noexcept {
  hash_in_lanes(messages);
}

void hash_messages_x3(std::span<message_to_seal> messages) noexcept {
  hash_in_lanes(messages);
}

}  // namespace corogram::crypto::detail

#endif
