#include <corogram/tl/number.hpp>

#include <zlib.h>

namespace corogram::tl {
namespace {

class line_writer {
 public:
  std::string run(const combinator& declaration) {
    line_ = declaration.name.empty() ? "_" : declaration.name;
    if (declaration.built_in) line_ += " ?";
    for (const field& one : declaration.fields) write_field(one);
    line_ += " = ";
    write(declaration.result);
    return std::move(line_);
  }

 private:
  // Both recursions are as deep as the parser's, which is bounded.
  void write_field(const field& one) {
    //= TL-08
    if (one.is_true_flag()) return;
    line_ += ' ';
    if (!one.name.empty()) line_ += one.name + ':';
    if (one.condition) {
      line_ += one.condition->field;
      if (one.condition->bit) line_ += '.' + std::to_string(unsigned{*one.condition->bit});
      line_ += '?';
    }
    if (one.function_call) line_ += '!';
    if (!one.repeated) {
      //= TL-08
      // Only a field's own type is renamed: published numbers have `Vector bytes` as it stands.
      if (one.type.kind == expression_kind::constructor && one.type.is("bytes")) {
        line_ += "string";
      } else {
        write(one.type);
      }
      return;
    }
    //= TL-07
    if (one.count_written) {
      if (one.count.kind == expression_kind::sum) line_ += '(';
      write(one.count);
      if (one.count.kind == expression_kind::sum) line_ += ')';
      line_ += '*';
    }
    line_ += '[';
    for (const field& inner : one.fields) write_field(inner);
    line_ += " ]";
  }

  void write(const expression& node) {
    if (node.percent) line_ += '%';
    switch (node.kind) {
      case expression_kind::nat:
        line_ += '#';
        break;
      case expression_kind::number:
        line_ += std::to_string(node.number);
        break;
      case expression_kind::sum:
        if (node.constant_first) line_ += std::to_string(node.number) + '+';
        write(node.arguments.front());
        if (!node.constant_first) line_ += '+' + std::to_string(node.number);
        return;
      case expression_kind::constructor:
      case expression_kind::type:
      case expression_kind::variable:
        line_ += node.name;
        break;
    }
    //= TL-06
    for (const expression& argument : node.arguments) {
      line_ += ' ';
      write(argument);
    }
  }

  std::string line_;
};

}  // namespace

std::string canonical_line(const combinator& declaration) {
  return line_writer().run(declaration);
}

std::uint32_t canonical_number(const combinator& declaration) {
  const std::string line = canonical_line(declaration);
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(line.data()), line.size()));
}

}  // namespace corogram::tl
