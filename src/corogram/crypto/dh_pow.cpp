#include <corogram/core/endian.hpp>
#include <corogram/crypto/detail/bignum.hpp>
#include <corogram/crypto/detail/fixed_base.hpp>
#include <corogram/crypto/detail/montgomery_2048.hpp>
#include <corogram/crypto/dh.hpp>
#include <corogram/crypto/dh_kernel.hpp>

#include <algorithm>
#include <array>
#include <cstddef>

namespace corogram::crypto {

namespace {

using detail::bignum;

core::secret_array<dh_size> power_openssl(core::byte_view base, core::byte_view exponent,
                                          core::byte_view prime) noexcept {
  // Beyond BN_mod_exp_mont_consttime, OpenSSL's conversions look at leading zeros of the exponent
  // and at zero words of the result: events of 1 in 2^8 and 1 in 2^64, of no use to an observer.
  const detail::bignum_context context = detail::new_bignum_context();
  const bignum a = detail::to_bignum(base);
  const bignum e = detail::to_bignum(exponent);
  const bignum p = detail::to_bignum(prime);
  const bignum power = detail::new_bignum();
  BN_set_flags(e.get(), BN_FLG_CONSTTIME);
  detail::require(BN_num_bits(p.get()) == dh_size * 8 && BN_is_odd(p.get()) &&
                  BN_mod_exp_mont_consttime(power.get(), a.get(), e.get(), p.get(), context.get(),
                                            nullptr) == 1);
  //= AK-43
  core::secret_array<dh_size> wide;
  detail::require(BN_bn2binpad(power.get(), wide.span().data(), dh_size) == dh_size);
  return wide;
}

core::secret_array<dh_size> generator_power_openssl(
    std::int32_t g, std::span<const core::byte, dh_size> exponent) noexcept {
  std::array<core::byte, sizeof g> base;
  core::store_be(base.data(), g);
  return power_openssl(base, exponent, known_prime());
}

template <auto Multiply>
core::secret_array<dh_size> generator_power_by_table(
    std::int32_t g, std::span<const core::byte, dh_size> exponent) noexcept {
  static constinit std::array<detail::lazy_fixed_base, known_prime_generators.size()> tables;
  const auto index = static_cast<std::size_t>(std::ranges::find(known_prime_generators, g) -
                                              known_prime_generators.begin());
  const detail::fixed_base* const table =
      tables[index].get(static_cast<unsigned>(g), known_prime(), Multiply);
  return table == nullptr ? generator_power_openssl(g, exponent) : table->power(exponent);
}

constexpr std::array kernels{
    dh_kernel{"openssl", always_supported, generator_power_openssl},
    dh_kernel{"fixed_base", always_supported,
              generator_power_by_table<detail::multiply_2048_portable>},
#ifdef __x86_64__
    dh_kernel{"fixed_base_adx", detail::multiply_2048_adx_supported,
              generator_power_by_table<detail::multiply_2048_adx>},
#endif
};

}  // namespace

std::span<const dh_kernel> dh_kernels() noexcept {
  return kernels;
}

const dh_kernel& dh_kernel_in_use() noexcept {
  static const dh_kernel& chosen = choose_kernel(dh_kernels(), forced_kernels());
  return chosen;
}

core::secret_array<dh_size> dh_pow(core::byte_view base, core::byte_view exponent,
                                   core::byte_view prime) noexcept {
  return power_openssl(base, exponent, prime);
}

core::secret_array<dh_size> dh_pow(std::int32_t g, core::byte_view exponent,
                                   core::byte_view prime) noexcept {
  if (std::ranges::find(known_prime_generators, g) != known_prime_generators.end() &&
      exponent.size() <= dh_size && core::equal(prime, known_prime())) {
    core::secret_array<dh_size> wide;
    std::ranges::copy_backward(exponent, wide.span().end());
    return dh_kernel_in_use().power(g, wide.view());
  }
  std::array<core::byte, sizeof g> base;
  core::store_be(base.data(), g);
  return power_openssl(base, exponent, prime);
}

}  // namespace corogram::crypto
