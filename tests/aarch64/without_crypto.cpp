// Preloaded, this makes a machine look like one without the crypto extensions, since qemu models
// none that lacks them.

#include <dlfcn.h>
#include <sys/auxv.h>

extern "C" unsigned long getauxval(unsigned long type) noexcept {
  static const auto real =
      reinterpret_cast<unsigned long (*)(unsigned long)>(dlsym(RTLD_NEXT, "getauxval"));
  constexpr unsigned long crypto =
      HWCAP_AES | HWCAP_PMULL | HWCAP_SHA1 | HWCAP_SHA2 | HWCAP_SHA3 | HWCAP_SHA512;
  return type == AT_HWCAP ? real(type) & ~crypto : real(type);
}
