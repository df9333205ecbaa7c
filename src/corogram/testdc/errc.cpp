#include <corogram/testdc/errc.hpp>

#include <string>

namespace corogram::testdc {
namespace {

class category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "corogram.testdc"; }

  std::string message(int code) const override {
    switch (static_cast<errc>(code)) {
      case errc::too_many_wrappers:
        return "too many wrappers around a call";
      case errc::bad_auth_key_line:
        return "not a line of a file of auth keys";
      case errc::too_slow:
        return "the client did not finish what it began in time";
      case errc::not_reading:
        return "the client does not read what it is sent";
      case errc::too_many_connections:
        return "too many connections";
      case errc::not_relayed:
        return "a proxy does not relay this plaintext";
    }
    return "unknown error " + std::to_string(code);
  }
};

}  // namespace

const std::error_category& testdc_category() noexcept {
  static const category instance;
  return instance;
}

}  // namespace corogram::testdc
