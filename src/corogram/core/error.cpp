#include <corogram/core/error.hpp>

namespace corogram::core {

std::string error::message() const {
  std::string text = code.category().name();
  text += ": ";
  text += code.message();
  if (offset != no_offset) {
    text += ", at byte ";
    text += std::to_string(offset);
  }
  if (!expected.empty()) {
    text += ", expected ";
    text += expected;
  }
  return text;
}

namespace {

class category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "corogram.core"; }

  std::string message(int code) const override {
    switch (static_cast<errc>(code)) {
      case errc::truncated:
        return "the input ends too early";
      case errc::trailing_bytes:
        return "bytes are left over";
      case errc::bad_length:
        return "a length is out of its range";
      case errc::bad_hex:
        return "not hexadecimal";
      case errc::bad_base64:
        return "not base64";
      case errc::internal:
        return "internal error, please report it";
    }
    return "unknown error " + std::to_string(code);
  }
};

}  // namespace

const std::error_category& core_category() noexcept {
  static const category instance;
  return instance;
}

}  // namespace corogram::core
