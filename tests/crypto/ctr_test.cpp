#include "data.hpp"
#include "guarded.hpp"

#include <corogram/core/endian.hpp>
#include <corogram/core/random.hpp>
#include <corogram/crypto/ctr.hpp>
#include <corogram/crypto/ctr_kernel.hpp>

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace corogram::crypto {
namespace {

using core::byte_buffer;
using core::byte_span;
using core::byte_view;

using key_array = std::array<core::byte, 32>;
using block = std::array<core::byte, detail::ctr_block_size>;

/// OpenSSL's key stream, which does not ask which kernel is in use.
byte_buffer judged(const key_array& key, const block& iv, byte_view in) {
  const std::unique_ptr<EVP_CIPHER_CTX, void (*)(EVP_CIPHER_CTX*)> context(EVP_CIPHER_CTX_new(),
                                                                           &EVP_CIPHER_CTX_free);
  byte_buffer out(in.size());
  int written = 0;
  EXPECT_EQ(EVP_EncryptInit_ex2(context.get(), EVP_aes_256_ctr(), key.data(), iv.data(), nullptr),
            1);
  if (!in.empty()) {
    EXPECT_EQ(EVP_EncryptUpdate(context.get(), out.data(), &written, in.data(),
                                static_cast<int>(in.size())),
              1);
  }
  EXPECT_EQ(static_cast<std::size_t>(written), in.size());
  return out;
}

TEST(CtrKernels, TheReferenceIsFirstAndAlwaysSupported) {
  EXPECT_EQ(ctr_kernels().front().name, "reference");
  EXPECT_TRUE(ctr_kernels().front().supported());
}

// Meson runs these tests once more for each kernel, with COROGRAM_KERNEL set.
TEST(CtrKernels, TheOneInUseIsTheOneThatTheEnvironmentAsksFor) {
  const ctr_kernel& used = ctr_kernel_in_use();
  RecordProperty("kernel", std::string(used.name));
  EXPECT_EQ(&used, &choose_kernel(ctr_kernels(), forced_kernels()));
}

// With round keys it is one of ours, with a context one of OpenSSL's.
TEST(CtrKernels, AStreamIsMadeOnTheOneInUse) {
  const key_array key{3};
  ctr_stream stream(key, block{}), same_kernel(key, block{}, ctr_kernel_in_use());
  EXPECT_EQ(stream.state().round_keys, same_kernel.state().round_keys);
  EXPECT_EQ(stream.state().context != nullptr, same_kernel.state().context != nullptr);
  EXPECT_EQ(stream.state().context != nullptr,
            ctr_kernel_in_use().name == "reference" || ctr_kernel_in_use().name == "openssl");
}

std::vector<ctr_kernel> supported_kernels() {
  std::vector<ctr_kernel> supported;
  for (const ctr_kernel& kernel : ctr_kernels())
    if (kernel.supported()) supported.push_back(kernel);
  return supported;
}

/// Everything below runs for each kernel that this machine supports.
class Ctr : public testing::TestWithParam<ctr_kernel> {
 protected:
  byte_buffer random_bytes(std::size_t size) {
    byte_buffer bytes(size);
    random.fill(bytes);
    return bytes;
  }

  byte_buffer applied(const key_array& key, const block& iv, byte_view in) const {
    byte_buffer out(in.size());
    ctr_stream(key, iv, kernel).apply(in, out);
    return out;
  }

  const ctr_kernel kernel = GetParam();
  core::test_random random{3};
};

INSTANTIATE_TEST_SUITE_P(Kernel, Ctr, testing::ValuesIn(supported_kernels()),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST_P(Ctr, AgreesWithTheStandardAndWithTheObfuscationVectors) {
  for (const corogram::test::vectors& known : data_cases("ctr.txt")) {
    ctr_stream stream(known.array<32>("key"), known.array<16>("iv"), kernel);
    byte_buffer skipped(known.has("skip") ? known.number("skip") : 0);
    stream.apply(skipped);
    byte_buffer text = known["plaintext"];
    stream.apply(text);
    EXPECT_EQ(text, known["ciphertext"]) << known.text("name");
  }
}

TEST_P(Ctr, AgreesWithOpenSslAtEveryLengthUpTo600Bytes) {
  for (std::size_t size = 0; size <= 600; ++size) {
    const auto key = random.array<32>();
    const auto iv = random.array<16>();
    const byte_buffer in = random_bytes(size);
    EXPECT_EQ(applied(key, iv, in), judged(key, iv, in)) << size;
  }
}

TEST_P(Ctr, AgreesWithOpenSslOnLongTexts) {
  for (int round = 0; round < 8; ++round) {
    const auto key = random.array<32>();
    const auto iv = random.array<16>();
    const byte_buffer in = random_bytes(10'000 + random.below(200'000));
    EXPECT_TRUE(applied(key, iv, in) == judged(key, iv, in)) << in.size();
  }
}

TEST_P(Ctr, GoesOnAcrossPiecesOfAnySize) {
  for (const std::uint32_t longest : {3u, 17u, 70u, 300u, 1000u}) {
    const auto key = random.array<32>();
    const auto iv = random.array<16>();
    const byte_buffer in = random_bytes(100 * longest);
    byte_buffer pieces = in;
    ctr_stream stream(key, iv, kernel);
    for (byte_span rest = pieces; !rest.empty();) {
      const std::size_t size = std::min<std::size_t>(rest.size(), random.below(longest + 1));
      stream.apply(rest.first(size));
      rest = rest.subspan(size);
    }
    EXPECT_TRUE(pieces == judged(key, iv, in)) << longest;
  }
}

// Whatever number of blocks a kernel takes at once, the counter overflows at each of them.
TEST_P(Ctr, CountsBlocksAsOneNumberOf128Bits) {
  for (const std::size_t bits : {32u, 64u, 128u}) {
    for (unsigned blocks_before = 0; blocks_before <= 40; ++blocks_before) {
      const auto key = random.array<32>();
      auto iv = random.array<16>();
      std::fill(iv.end() - static_cast<std::ptrdiff_t>(bits / 8), iv.end(), core::byte{0xff});
      core::store_be(iv.data() + 12, ~std::uint32_t{0} - blocks_before);
      const byte_buffer in = random_bytes(41 * detail::ctr_block_size + 5);
      EXPECT_TRUE(applied(key, iv, in) == judged(key, iv, in)) << bits << " " << blocks_before;
      // And with what is left of shorter texts.
      ctr_stream stream(key, iv, kernel);
      byte_buffer pieces = in;
      stream.apply(byte_span(pieces).first(75));
      stream.apply(byte_span(pieces).subspan(75));
      EXPECT_TRUE(pieces == judged(key, iv, in)) << bits << " " << blocks_before << " in pieces";
    }
  }
}

TEST_P(Ctr, ItsStateTellsWhereItIs) {
  const auto key = random.array<32>();
  block iv{};
  core::store_be(iv.data() + 8, ~std::uint64_t{0});
  ctr_stream stream(key, iv, kernel);
  byte_buffer text(16 + 5);
  stream.apply(text);
  EXPECT_TRUE(stream.state().counter == (detail::uint128{1} << 64 | 1));
  EXPECT_EQ(stream.state().unused, 11u);
  const byte_buffer all = judged(key, iv, byte_buffer(32));
  EXPECT_TRUE(core::equal(stream.state().key_stream.view().last<11>(), byte_view(all).last(11)));
}

TEST_P(Ctr, TakesEveryAlignmentAndWritesOnlyItsOutput) {
  using test::guarded;
  for (const auto edge : {guarded::edge::begin, guarded::edge::end}) {
    for (std::size_t size = 0; size <= 330; size += size < 40 ? 1 : 29) {
      const guarded secrets(48, edge), in(size, edge), out(size, edge);
      random.fill(secrets.span());
      random.fill(in.span());
      const auto key = secrets.span().first<32>();
      const auto iv = secrets.span().last<16>();
      key_array key_copy;
      block iv_copy;
      std::ranges::copy(key, key_copy.begin());
      std::ranges::copy(iv, iv_copy.begin());
      const byte_buffer expected = judged(key_copy, iv_copy, in.span());

      ctr_stream stream(key, iv, kernel);
      const std::size_t cut = random.below(static_cast<std::uint32_t>(size + 1));
      stream.apply(in.span().first(cut), out.span().first(cut));
      stream.apply(in.span().subspan(cut), out.span().subspan(cut));
      EXPECT_TRUE(core::equal(out.span(), expected)) << size << " cut at " << cut;

      ctr_stream(key, iv, kernel).apply(in.span());
      EXPECT_TRUE(core::equal(in.span(), expected)) << size << " in place";
    }
  }
}

TEST_P(Ctr, GoesOnWhereItWasWhenMoved) {
  const key_array key{1};
  const block iv{2};
  byte_buffer whole(350), parts(350);
  ctr_stream(key, iv, kernel).apply(whole);
  ctr_stream first(key, iv, kernel);
  first.apply(byte_span(parts).first(21));
  ctr_stream second = std::move(first);
  second.apply(byte_span(parts).subspan(21, 21));
  first = std::move(second);
  first.apply(byte_span(parts).subspan(42));
  EXPECT_EQ(parts, whole);
}

/// The bytes of an object that was destroyed.
template <class T>
byte_buffer left_by(auto make) {
  alignas(T) std::array<core::byte, sizeof(T)> storage;
  T* const made = make(static_cast<void*>(storage.data()));
  std::destroy_at(made);
  // Through a volatile pointer: what an object leaves is nothing that a compiler has to keep.
  byte_buffer left(sizeof(T));
  const volatile core::byte* const from = storage.data();
  for (std::size_t i = 0; i < left.size(); ++i) left[i] = from[i];
  return left;
}

TEST_P(Ctr, LeavesNeitherKeysNorKeyStreamBehind) {
  const auto key = random.array<32>();
  const auto iv = random.array<16>();
  const byte_buffer stream = judged(key, iv, byte_buffer(16));
  std::array<core::byte, 16> last_round_key{};
  const byte_buffer left = left_by<ctr_stream>([&](void* at) {
    auto* const made = new (at) ctr_stream(key, iv, kernel);
    byte_buffer text(3);
    made->apply(text);
    const auto keys = made->state().round_keys.view();
    std::ranges::copy(keys.last<16>(), last_round_key.begin());
    return made;
  });
  const auto holds = [&](byte_view what) { return !std::ranges::search(left, what).empty(); };
  EXPECT_FALSE(holds(byte_view(key).first(8)));
  EXPECT_FALSE(holds(byte_view(key).last(8)));
  EXPECT_FALSE(holds(byte_view(stream).last(8)));
  if (last_round_key != decltype(last_round_key){}) {
    EXPECT_FALSE(holds(last_round_key));
  }
}

}  // namespace
}  // namespace corogram::crypto
