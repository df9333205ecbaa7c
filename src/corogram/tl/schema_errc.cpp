#include <corogram/tl/schema_errc.hpp>

#include <string>

namespace corogram::tl {
namespace {

class category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "corogram.tl.schema"; }

  std::string message(int code) const override {
    switch (static_cast<schema_errc>(code)) {
      case schema_errc::bad_character:
        return "no token of TL begins like this";
      case schema_errc::syntax:
        return "syntax error";
      case schema_errc::bad_name:
        return "this name does not belong here";
      case schema_errc::bad_number:
        return "this number is out of its range";
      case schema_errc::bad_variable:
        return "this field cannot be used here";
      case schema_errc::bad_implicit:
        return "wrong optional field";
      case schema_errc::duplicate_name:
        return "the name is declared twice";
      case schema_errc::duplicate_number:
        return "the number is declared twice";
      case schema_errc::forbidden_constructor:
        return "New, Final or Empty forbids a constructor";
      case schema_errc::not_built_in:
        return "only built-in types are declared by ?";
      case schema_errc::unknown_name:
        return "no declaration has this name";
      case schema_errc::not_bare:
        return "there is no bare form";
      case schema_errc::wrong_arity:
        return "wrong number of arguments";
      case schema_errc::too_deep:
        return "too deep nesting";
      case schema_errc::too_long:
        return "too long a text";
      case schema_errc::unsupported:
        return "a form of the language that is not taken";
    }
    return "unknown error " + std::to_string(code);
  }
};

}  // namespace

const std::error_category& schema_category() noexcept {
  static const category instance;
  return instance;
}

}  // namespace corogram::tl
