#include <corogram/tl/json_errc.hpp>

#include <string>

namespace corogram::tl {
namespace {

class category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "corogram.tl.json"; }

  std::string message(int code) const override {
    switch (static_cast<json_errc>(code)) {
      case json_errc::syntax:
        return "not JSON";
      case json_errc::bad_string:
        return "a string that is no text";
      case json_errc::too_deep:
        return "too deep nesting";
      case json_errc::duplicate_member:
        return "the member is there twice";
      case json_errc::unknown_name:
        return "no such name in the schema";
      case json_errc::wrong_constructor:
        return "a constructor of another type";
      case json_errc::unknown_field:
        return "there is no such field";
      case json_errc::missing_field:
        return "the field is missing";
      case json_errc::wrong_type:
        return "a value of the wrong kind";
      case json_errc::out_of_range:
        return "out of range";
      case json_errc::bad_bytes:
        return "neither base64 nor hexadecimal";
      case json_errc::contradiction:
        return "two members contradict each other";
    }
    return "unknown error " + std::to_string(code);
  }
};

}  // namespace

const std::error_category& json_category() noexcept {
  static const category instance;
  return instance;
}

}  // namespace corogram::tl
