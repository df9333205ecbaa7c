#include <corogram/core/base64.hpp>
#include <corogram/core/hex.hpp>
#include <corogram/core/utf8.hpp>
#include <corogram/tl/detail/value_walker.hpp>
#include <corogram/tl/json_value.hpp>
#include <corogram/tl/print.hpp>

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace corogram::tl {
namespace {

class json_sink final : public detail::value_sink {
 public:
  explicit json_sink(unsigned indent) : indent_(indent) {}

  [[nodiscard]] std::string take() { return std::move(out_); }

  void begin_object(std::string_view name) override {
    open('{');
    field("_");
    quoted(name);
  }
  void field(std::string_view name) override {
    separate();
    append_json_string(out_, name);
    out_ += indent_ == 0 ? ":" : ": ";
    after_name_ = true;
  }
  void end_object() override { close('}'); }
  void begin_vector(bool) override { open('['); }
  void end_vector() override { close(']'); }

  void natural(std::uint32_t value) override { literal(std::to_string(value)); }
  void int32(std::int32_t value) override { literal(std::to_string(value)); }
  void int64(std::int64_t value) override { literal('"' + std::to_string(value) + '"'); }
  void float64(double value) override;
  void boolean(bool value) override { literal(value ? "true" : "false"); }
  void digits(core::byte_view value) override { literal('"' + core::to_hex(value) + '"'); }
  void bytes(core::byte_view value) override { literal('"' + core::to_base64(value) + '"'); }
  void string(core::byte_view value) override {
    const std::string_view text = core::as_text(value);
    //= SER-08
    if (!core::is_utf8(text)) {
      literal("{\"base64\":\"" + core::to_base64(value) + "\"}");
      return;
    }
    quoted(text);
  }

 private:
  // A comma and a new line, as far as they are due before the next value or name.
  void separate() {
    if (std::exchange(after_name_, false)) return;
    if (level_ == 0) return;
    if (!std::exchange(first_, false)) out_ += ',';
    new_line();
  }

  void new_line() {
    if (indent_ == 0) return;
    out_ += '\n';
    out_.append(std::size_t{level_} * indent_, ' ');
  }

  void quoted(std::string_view text) {
    separate();
    append_json_string(out_, text);
  }

  void literal(std::string_view text) {
    separate();
    out_ += text;
  }

  void open(char bracket) {
    separate();
    out_ += bracket;
    ++level_;
    first_ = true;
  }

  void close(char bracket) {
    --level_;
    if (!std::exchange(first_, false)) new_line();
    out_ += bracket;
  }

  std::string out_;
  unsigned indent_;
  unsigned level_ = 0;
  /// Nothing stands in the innermost brackets yet.
  bool first_ = true;
  bool after_name_ = false;
};

void json_sink::float64(double value) {
  if (std::isnan(value)) {
    std::array<core::byte, 8> bits{};
    auto rest = std::bit_cast<std::uint64_t>(value);
    for (auto at = bits.rbegin(); at != bits.rend(); ++at, rest >>= 8) {
      *at = static_cast<core::byte>(rest);
    }
    literal("\"NaN:" + core::to_hex(bits) + '"');
  } else if (std::isinf(value)) {
    literal(value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
  } else {
    std::array<char, 32> shortest{};
    const auto end = std::to_chars(shortest.begin(), shortest.end(), value).ptr;
    literal({shortest.data(), static_cast<std::size_t>(end - shortest.data())});
  }
}

}  // namespace

core::result<std::string> to_json(const tables& schema, core::byte_view input,
                                  const print_options& options) {
  json_sink sink(options.indent);
  COROGRAM_CHECK(detail::walk_boxed(schema, options.inner, input, sink));
  return sink.take();
}

core::result<std::string> to_json(const tables& schema, value_type type, core::byte_view input,
                                  const print_options& options) {
  json_sink sink(options.indent);
  COROGRAM_CHECK(detail::walk_value(schema, options.inner, type, input, sink));
  return sink.take();
}

}  // namespace corogram::tl
