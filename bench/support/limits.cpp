#include "support/limits.hpp"

#include "support/measure.hpp"

#include <algorithm>

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace corogram::bench {

namespace {

constexpr double block = 16;
constexpr double hash_block = 64;
constexpr double aes_rounds = 14;

// The cycles of one step of a function that runs `steps` of them.
template <class Chain>
double cycles_of_step(double steps, Chain chain) {
  const auto samples = measure(chain, {.samples = 41, .sample_time = 20e3, .budget = 20e6});
  return std::ranges::min(samples, {}, &sample::cycles).cycles / steps;
}

#if defined(__x86_64__)

struct features {
  bool aes = false, vaes = false, vaes512 = false, sha = false;
};

features find_features() {
  features found;
  unsigned a, b, c, d;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0) return found;
  found.aes = (c & bit_AES) != 0;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return found;
  found.sha = (b & bit_SHA) != 0;
  found.vaes = (c & bit_VAES) != 0 && __builtin_cpu_supports("avx2") != 0;
  found.vaes512 = found.vaes && __builtin_cpu_supports("avx512f") != 0;
  return found;
}

// A chain of one instruction, and eight of them that do not wait for each other.
#define CHAIN(instruction) \
  [] { asm volatile(".rept 1024\n\t" instruction "\n\t.endr" : : : "xmm0", "xmm1"); }
#define EIGHT(instruction, name, epilogue)                                                      \
  [] {                                                                                          \
    asm volatile(".rept 128\n\t" instruction(name, 0) instruction(name, 1) instruction(name, 2) \
                     instruction(name, 3) instruction(name, 4) instruction(name, 5)             \
                         instruction(name, 6) instruction(name, 7) ".endr\n\t" epilogue         \
                 :                                                                              \
                 :                                                                              \
                 : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8");     \
  }
#define AES(name, n) "aesenc %%" name "8, %%" name #n "\n\t"
#define VAES(name, n) "vaesenc %%" name "8, %%" name #n ", %%" name #n "\n\t"
#define RNDS2(name, n) "sha256rnds2 %%" name "8, %%" name #n "\n\t"
#define MSG2(name, n) "sha256msg2 %%" name "8, %%" name #n "\n\t"

limits measure_limits() {
  limits found;
  const features has = find_features();
  if (has.aes) {
    found.aes_latency = aes_rounds * cycles_of_step(1024, CHAIN("aesenc %%xmm1, %%xmm0"));
    double throughput = cycles_of_step(1024, EIGHT(AES, "xmm", ""));
    if (has.vaes)
      throughput = std::min(throughput, cycles_of_step(2048, EIGHT(VAES, "ymm", "vzeroupper")));
    if (has.vaes512)
      throughput = std::min(throughput, cycles_of_step(4096, EIGHT(VAES, "zmm", "vzeroupper")));
    found.aes_throughput = aes_rounds * throughput;
  }
  if (has.sha) {
    // Two steps an instruction; the message schedule has 12 of the costlier instruction.
    found.sha256_latency = 32 * cycles_of_step(1024, CHAIN("sha256rnds2 %%xmm1, %%xmm0"));
    found.sha256_throughput = 32 * cycles_of_step(1024, EIGHT(RNDS2, "xmm", "")) +
                              12 * cycles_of_step(1024, EIGHT(MSG2, "xmm", ""));
    found.sha1_latency = 20 * cycles_of_step(1024, CHAIN("sha1rnds4 $0, %%xmm1, %%xmm0"));
  }
  return found;
}

#elif defined(__aarch64__)

// The assembler is told of the extension, the compiler need not know.
#define CHAIN(instructions)                                                         \
  [] {                                                                              \
    asm volatile(".arch_extension crypto\n\t.rept 512\n\t" instructions "\n\t.endr" \
                 :                                                                  \
                 :                                                                  \
                 : "v0", "v1", "v2");                                               \
  }
#define ROUND(n) "aese v" #n ".16b, v8.16b\n\taesmc v" #n ".16b, v" #n ".16b\n\t"
#define EIGHT_ROUNDS ROUND(0) ROUND(1) ROUND(2) ROUND(3) ROUND(4) ROUND(5) ROUND(6) ROUND(7)

limits measure_limits() {
  limits found;
  const unsigned long has = ::getauxval(AT_HWCAP);
  if ((has & HWCAP_AES) != 0) {
    found.aes_latency =
        aes_rounds * cycles_of_step(512, CHAIN("aese v0.16b, v1.16b\n\taesmc v0.16b, v0.16b"));
    const auto many = [] {
      asm volatile(".arch_extension crypto\n\t.rept 64\n\t" EIGHT_ROUNDS ".endr"
                   :
                   :
                   : "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8");
    };
    found.aes_throughput = aes_rounds * cycles_of_step(512, many);
  }
  // Four steps an instruction.
  if ((has & HWCAP_SHA2) != 0)
    found.sha256_latency = 16 * cycles_of_step(512, CHAIN("sha256h q0, q1, v2.4s"));
  if ((has & HWCAP_SHA1) != 0)
    found.sha1_latency = 20 * cycles_of_step(512, CHAIN("sha1c q0, s1, v2.4s"));
  return found;
}

#endif

}  // namespace

const limits& machine_limits() {
  static const limits found = measure_limits();
  return found;
}

double ige_bound(double streams) {
  const limits& found = machine_limits();
  return std::max(found.aes_latency / streams, found.aes_throughput) / block;
}

double message_bound(double streams) {
  return std::max(ige_bound(streams), machine_limits().sha256_throughput / hash_block);
}

double ctr_bound() {
  return machine_limits().aes_throughput / block;
}

double sha256_bound() {
  return machine_limits().sha256_latency / hash_block;
}

double sha1_bound() {
  return machine_limits().sha1_latency / hash_block;
}

}  // namespace corogram::bench
