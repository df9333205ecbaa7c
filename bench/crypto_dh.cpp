// Diffie-Hellman: powers by OpenSSL and by table, what they consist of, and the check of a prime.

#include "support/suite.hpp"

#include <corogram/core/random.hpp>
#include <corogram/crypto/detail/fixed_base.hpp>
#include <corogram/crypto/detail/montgomery_2048.hpp>
#include <corogram/crypto/dh.hpp>
#include <corogram/crypto/dh_kernel.hpp>

#include <openssl/bn.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace corogram::bench {

namespace {

using number = std::array<core::byte, crypto::dh_size>;

struct bignum_free {
  void operator()(BIGNUM* n) const { BN_free(n); }
  void operator()(BN_CTX* context) const { BN_CTX_free(context); }
  void operator()(BN_MONT_CTX* context) const { BN_MONT_CTX_free(context); }
};
using bignum = std::unique_ptr<BIGNUM, bignum_free>;
using bignum_context = std::unique_ptr<BN_CTX, bignum_free>;
using montgomery_context = std::unique_ptr<BN_MONT_CTX, bignum_free>;

bignum read(core::byte_view digits) {
  return bignum(BN_bin2bn(digits.data(), static_cast<int>(digits.size()), nullptr));
}

number written(const bignum& from) {
  number digits;
  BN_bn2binpad(from.get(), digits.data(), static_cast<int>(digits.size()));
  return digits;
}

number some_number() {
  core::test_random random{2048};
  number made = random.array<crypto::dh_size>();
  made[0] &= 0x7f;  // below the prime
  return made;
}

number power_of_three(const number& exponent) {
  const bignum_context context(BN_CTX_new());
  const bignum three = read(core::byte_buffer{3}), power(BN_new());
  BN_mod_exp(power.get(), three.get(), read(exponent).get(), read(crypto::known_prime()).get(),
             context.get());
  return written(power);
}

// 3^a, as each side of a key exchange needs it.
void add_powers(suite& rows) {
  for (const crypto::dh_kernel& kernel : crypto::dh_kernels()) {
    if (!kernel.supported()) continue;
    rows.add(join("dh", "pow", kernel.name), {}, [power = kernel.power] {
      const number exponent = some_number(), expected = power_of_three(exponent);
      // Past the uses that go without a table.
      for (unsigned use = 0; use <= crypto::detail::lazy_fixed_base::uses_without; ++use)
        expect_equal(power(3, exponent).view(), expected);
      return [power, exponent] { benchmark::DoNotOptimize(power(3, exponent)); };
    });
  }
}

struct multiplication {
  std::string name;
  crypto::detail::multiply_2048 multiply;
};

std::vector<multiplication> multiplications() {
  std::vector<multiplication> found{{"portable", crypto::detail::multiply_2048_portable}};
#ifdef __x86_64__
  if (crypto::detail::multiply_2048_adx_supported())
    found.push_back({"adx", crypto::detail::multiply_2048_adx});
#endif
  return found;
}

void add_multiplications(suite& rows) {
  struct judge {
    bignum_context context{BN_CTX_new()};
    montgomery_context montgomery{BN_MONT_CTX_new()};
    bignum a = read(some_number()), product{BN_new()};
    judge() { BN_MONT_CTX_set(montgomery.get(), read(crypto::known_prime()).get(), context.get()); }
    void multiply() {
      BN_mod_mul_montgomery(product.get(), a.get(), a.get(), montgomery.get(), context.get());
    }
  };
  rows.add("dh/multiply/openssl", {}, [] {
    // Not the same number twice, which it would square.
    auto state = std::make_shared<judge>();
    return [state, b = std::shared_ptr<BIGNUM>(BN_dup(state->a.get()), bignum_free())] {
      BN_mod_mul_montgomery(state->product.get(), state->a.get(), b.get(), state->montgomery.get(),
                            state->context.get());
    };
  });
  for (const multiplication& each : multiplications()) {
    rows.add(join("dh", "multiply", each.name), {}, [multiply = each.multiply] {
      struct state {
        crypto::detail::modulus_2048 modulus{crypto::known_prime()};
        crypto::detail::workspace_2048 space;
        crypto::detail::number_2048 a = crypto::detail::from_big_endian(some_number()), product;
      };
      auto own = std::make_shared<state>();
      multiply(own->product, own->a, own->a, own->modulus, own->space);
      number made;
      crypto::detail::to_big_endian(own->product, made);
      judge openssl;
      openssl.multiply();
      expect_equal(made, written(openssl.product));
      return [multiply, own] { multiply(own->product, own->a, own->a, own->modulus, own->space); };
    });
    rows.add(join("dh", "make_table", each.name), {}, [multiply = each.multiply] {
      return [multiply] {
        benchmark::DoNotOptimize(crypto::detail::fixed_base(3, crypto::known_prime(), multiply));
      };
    });
  }
}

// Another safe prime than the known one: the 2048-bit group of RFC 3526.
number other_prime() {
  return written(bignum(BN_get_rfc3526_prime_2048(nullptr)));
}

bool is_safe_by_openssl(const bignum& p, BN_CTX* context) {
  const bignum q(BN_new());
  BN_rshift1(q.get(), p.get());
  return BN_check_prime(p.get(), context, nullptr) == 1 &&
         BN_check_prime(q.get(), context, nullptr) == 1;
}

void expect_safe(bool verdict) {
  if (!verdict) throw unequal("the prime was refused");
}

void add_checks(suite& rows) {
  rows.add("dh/check_prime/known", {}, [] {
    expect_safe(crypto::check_dh_group(3, crypto::known_prime()).has_value());
    return [] { benchmark::DoNotOptimize(crypto::check_dh_group(3, crypto::known_prime())); };
  });
  rows.add("dh/check_prime/remembered", {}, [] {
    auto cache = std::make_shared<crypto::dh_prime_cache>();
    const number prime = other_prime();
    expect_safe(crypto::check_dh_group(2, prime, *cache).has_value());
    return [cache, prime] { benchmark::DoNotOptimize(crypto::check_dh_group(2, prime, *cache)); };
  });
  rows.add("dh/check_prime/pocklington", {}, [] {
    const number prime = other_prime();
    expect_safe(crypto::check_dh_group(2, prime).has_value());
    return [prime] { benchmark::DoNotOptimize(crypto::check_dh_group(2, prime)); };
  });
  rows.add("dh/check_prime/openssl_twice", {}, [] {
    auto prime = std::make_shared<bignum>(read(other_prime()));
    auto context = std::make_shared<bignum_context>(BN_CTX_new());
    expect_safe(is_safe_by_openssl(*prime, context->get()));
    return
        [prime, context] { benchmark::DoNotOptimize(is_safe_by_openssl(*prime, context->get())); };
  });
}

}  // namespace

void crypto_dh(suite& rows) {
  add_powers(rows);
  add_multiplications(rows);
  add_checks(rows);
}

}  // namespace corogram::bench
