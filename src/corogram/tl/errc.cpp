#include <corogram/tl/errc.hpp>

#include <string>

namespace corogram::tl {
namespace {

class category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "corogram.tl"; }

  std::string message(int code) const override {
    switch (static_cast<errc>(code)) {
      case errc::truncated:
        return "the input ends too early";
      case errc::trailing_bytes:
        return "bytes are left over";
      case errc::bad_length:
        return "impossible length";
      case errc::bad_count:
        return "impossible number of elements";
      case errc::unknown_constructor:
        return "unknown constructor number";
      case errc::wrong_constructor:
        return "a constructor of another type";
      case errc::too_deep:
        return "values nest too deep";
      case errc::too_large:
        return "the value takes too much memory";
      case errc::bad_gzip:
        return "damaged compressed data";
      case errc::no_older_form:
        return "the value has no form in this older layer";
    }
    return "unknown error";
  }
};

}  // namespace

const std::error_category& tl_category() noexcept {
  static const category instance;
  return instance;
}

}  // namespace corogram::tl
