#include <corogram/crypto/detail/bignum.hpp>
#include <corogram/crypto/dh.hpp>
#include <corogram/crypto/errc.hpp>

#include <algorithm>

namespace corogram::crypto {

namespace {

using detail::bignum;

using number = std::array<core::byte, dh_size>;

// Published at https://core.telegram.org/mtproto/security_guidelines.
constexpr number known_prime_bytes{
    0xc7, 0x1c, 0xae, 0xb9, 0xc6, 0xb1, 0xc9, 0x04, 0x8e, 0x6c, 0x52, 0x2f, 0x70, 0xf1, 0x3f, 0x73,
    0x98, 0x0d, 0x40, 0x23, 0x8e, 0x3e, 0x21, 0xc1, 0x49, 0x34, 0xd0, 0x37, 0x56, 0x3d, 0x93, 0x0f,
    0x48, 0x19, 0x8a, 0x0a, 0xa7, 0xc1, 0x40, 0x58, 0x22, 0x94, 0x93, 0xd2, 0x25, 0x30, 0xf4, 0xdb,
    0xfa, 0x33, 0x6f, 0x6e, 0x0a, 0xc9, 0x25, 0x13, 0x95, 0x43, 0xae, 0xd4, 0x4c, 0xce, 0x7c, 0x37,
    0x20, 0xfd, 0x51, 0xf6, 0x94, 0x58, 0x70, 0x5a, 0xc6, 0x8c, 0xd4, 0xfe, 0x6b, 0x6b, 0x13, 0xab,
    0xdc, 0x97, 0x46, 0x51, 0x29, 0x69, 0x32, 0x84, 0x54, 0xf1, 0x8f, 0xaf, 0x8c, 0x59, 0x5f, 0x64,
    0x24, 0x77, 0xfe, 0x96, 0xbb, 0x2a, 0x94, 0x1d, 0x5b, 0xcd, 0x1d, 0x4a, 0xc8, 0xcc, 0x49, 0x88,
    0x07, 0x08, 0xfa, 0x9b, 0x37, 0x8e, 0x3c, 0x4f, 0x3a, 0x90, 0x60, 0xbe, 0xe6, 0x7c, 0xf9, 0xa4,
    0xa4, 0xa6, 0x95, 0x81, 0x10, 0x51, 0x90, 0x7e, 0x16, 0x27, 0x53, 0xb5, 0x6b, 0x0f, 0x6b, 0x41,
    0x0d, 0xba, 0x74, 0xd8, 0xa8, 0x4b, 0x2a, 0x14, 0xb3, 0x14, 0x4e, 0x0e, 0xf1, 0x28, 0x47, 0x54,
    0xfd, 0x17, 0xed, 0x95, 0x0d, 0x59, 0x65, 0xb4, 0xb9, 0xdd, 0x46, 0x58, 0x2d, 0xb1, 0x17, 0x8d,
    0x16, 0x9c, 0x6b, 0xc4, 0x65, 0xb0, 0xd6, 0xff, 0x9c, 0xa3, 0x92, 0x8f, 0xef, 0x5b, 0x9a, 0xe4,
    0xe4, 0x18, 0xfc, 0x15, 0xe8, 0x3e, 0xbe, 0xa0, 0xf8, 0x7f, 0xa9, 0xff, 0x5e, 0xed, 0x70, 0x05,
    0x0d, 0xed, 0x28, 0x49, 0xf4, 0x7b, 0xf9, 0x59, 0xd9, 0x56, 0x85, 0x0c, 0xe9, 0x29, 0x85, 0x1f,
    0x0d, 0x81, 0x15, 0xf6, 0x35, 0xb1, 0x05, 0xee, 0x2e, 0x4e, 0x15, 0xd0, 0x4b, 0x24, 0x54, 0xbf,
    0x6f, 0x4f, 0xad, 0xf0, 0x34, 0xb1, 0x04, 0x03, 0x11, 0x9c, 0xd8, 0xe3, 0xb9, 0x2f, 0xcc, 0x5b};

// A public number at its full width, or nothing if it does not fit.
std::optional<number> widened(core::byte_view digits) noexcept {
  digits = detail::without_leading_zeros(digits);
  if (digits.size() > dh_size) return std::nullopt;
  number wide{};
  std::ranges::copy_backward(digits, wide.end());
  return wide;
}

// Arrays of big-endian digits compare like the numbers that they are.
number of(core::byte small) noexcept {
  number wide{};
  wide.back() = small;
  return wide;
}

number power_of_two(std::size_t exponent) noexcept {
  number wide{};
  wide[dh_size - 1 - exponent / 8] = static_cast<core::byte>(1u << exponent % 8);
  return wide;
}

// Pre: a >= b.
number minus(const number& a, const number& b) noexcept {
  number difference;
  unsigned borrow = 0;
  for (std::size_t i = dh_size; i-- > 0;) {
    const unsigned digit = 0x100u + a[i] - b[i] - borrow;
    difference[i] = static_cast<core::byte>(digit);
    borrow = digit < 0x100 ? 1 : 0;
  }
  return difference;
}

unsigned remainder(const number& value, unsigned divisor) noexcept {
  unsigned rest = 0;
  for (const core::byte digit : value) rest = (rest * 256 + digit) % divisor;
  return rest;
}

//= AK-34
bool is_generator(std::int32_t g, const number& p) noexcept {
  switch (g) {
    case 2:
      return remainder(p, 8) == 7;
    case 3:
      return remainder(p, 3) == 2;
    case 4:
      return true;
    case 5:
      return remainder(p, 5) == 1 || remainder(p, 5) == 4;
    case 6:
      return remainder(p, 24) == 19 || remainder(p, 24) == 23;
    case 7:
      return remainder(p, 7) == 3 || remainder(p, 7) == 5 || remainder(p, 7) == 6;
    default:
      return false;
  }
}

// Whether p and q = (p - 1) / 2 are prime. Only q needs the long probabilistic test: with q prime
// and above the square root of p, 2^(p-1) = 1 mod p and gcd(2^2 - 1, p) = 1 prove p prime
// (Pocklington's theorem). The one exponentiation comes first, since it refuses nearly all others.
bool is_safe_prime(const number& prime) noexcept {
  // With any other remainder one of p and q is even or a multiple of 3.
  if (remainder(prime, 4) != 3 || remainder(prime, 3) != 2) return false;
  const detail::bignum_context context = detail::new_bignum_context();
  const bignum p = detail::to_bignum(prime);
  const bignum p_minus_1 = detail::to_bignum(minus(prime, of(1)));
  const bignum two = detail::to_bignum(of(2));
  const bignum power = detail::new_bignum();
  detail::require(BN_mod_exp(power.get(), two.get(), p_minus_1.get(), p.get(), context.get()) == 1);
  if (!BN_is_one(power.get())) return false;

  const bignum q = detail::new_bignum();
  detail::require(BN_rshift1(q.get(), p.get()) == 1);
  const int verdict = BN_check_prime(q.get(), context.get(), nullptr);
  detail::require(verdict >= 0);
  return verdict == 1;
}

core::result<void> check_group(std::int32_t g, core::byte_view prime, dh_prime_cache* cache) {
  //= AK-33
  const auto p = widened(prime);
  if (!p || (*p)[0] < 0x80)
    return core::error(errc::dh_prime_bad_length, core::error::no_offset, "a prime of 2048 bits");

  // For every prime, the known one too: some clients take g = 5 with it, which is no generator
  // (DIV-02), and the older sample exchange has g = 2 (DIV-01).
  if (!is_generator(g, *p))
    return core::error(errc::dh_bad_generator, core::error::no_offset,
                       "g from 2 to 7 that is a quadratic residue");

  //= AK-35
  if (*p == known_prime_bytes) return {};
  const sha256_digest name = sha256(*p);
  std::optional<bool> safe = cache == nullptr ? std::nullopt : cache->find(name);
  if (!safe) {
    safe = is_safe_prime(*p);
    if (cache != nullptr) cache->remember(name, *safe);
  }
  if (!*safe)
    return core::error(errc::dh_prime_not_safe, core::error::no_offset,
                       "p and (p - 1) / 2 both prime");
  return {};
}

}  // namespace

std::span<const core::byte, dh_size> known_prime() noexcept {
  return known_prime_bytes;
}

std::optional<bool> dh_prime_cache::find(const sha256_digest& prime) const noexcept {
  for (const verdict& known : verdicts_)
    if (known.prime == prime) return known.safe;
  return std::nullopt;
}

void dh_prime_cache::remember(const sha256_digest& prime, bool safe) {
  ++searches_;
  if (verdicts_.size() < capacity) {
    verdicts_.push_back({prime, safe});
  } else {
    verdicts_[next_] = {prime, safe};
    next_ = (next_ + 1) % capacity;
  }
}

core::result<void> check_dh_group(std::int32_t g, core::byte_view prime, dh_prime_cache& cache) {
  return check_group(g, prime, &cache);
}

core::result<void> check_dh_group(std::int32_t g, core::byte_view prime) {
  return check_group(g, prime, nullptr);
}

core::result<void> check_dh_public(core::byte_view value, core::byte_view prime) noexcept {
  const auto p = widened(prime);
  if (!p || (*p)[0] < 0x80)
    return core::error(errc::dh_prime_bad_length, core::error::no_offset, "a prime of 2048 bits");
  const auto v = widened(value);
  //= AK-36
  if (!v || *v <= of(1) || *v >= minus(*p, of(1)))
    return core::error(errc::dh_value_trivial, core::error::no_offset, "1 < value < p - 1");
  //= AK-37
  static const number margin = power_of_two(2048 - 64);
  if (*v < margin || *v > minus(*p, margin))
    return core::error(errc::dh_value_out_of_range, core::error::no_offset,
                       "2^1984 <= value <= p - 2^1984");
  return {};
}

//= AK-38
core::secret_array<dh_size> random_dh_exponent(core::random_source& random) noexcept {
  core::secret_array<dh_size> exponent;
  random.fill(exponent.span());
  return exponent;
}

//= SEC-05
core::secret_array<dh_size> random_dh_exponent(core::random_source& random,
                                               core::byte_view offered) noexcept {
  core::secret_array<dh_size> exponent = random_dh_exponent(random);
  const core::byte_span bytes = exponent.span();
  // Ours is independent of theirs, so the sum is as unpredictable as ours, whatever theirs is.
  for (std::size_t i = 0; i < offered.size(); ++i)
    bytes[i % dh_size] = static_cast<core::byte>(bytes[i % dh_size] ^ offered[i]);
  return exponent;
}

}  // namespace corogram::crypto
