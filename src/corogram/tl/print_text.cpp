#include <corogram/core/hex.hpp>
#include <corogram/core/utf8.hpp>
#include <corogram/tl/detail/value_walker.hpp>
#include <corogram/tl/json_value.hpp>
#include <corogram/tl/print.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

namespace corogram::tl {
namespace {

// future_salts {
//   req_msg_id: 7
//   salts: [
//     future_salt { valid_since: 1, valid_until: 2, salt: 3 }     with indent 0 all looks like this
//   ]
// }
class text_sink final : public detail::value_sink {
 public:
  explicit text_sink(const print_options& options) : options_(options) {}

  [[nodiscard]] std::string take() { return std::move(out_); }

  void begin_object(std::string_view name) override {
    separate();
    out_ += name;
    levels_.push_back({'}', options_.indent != 0});
  }
  void field(std::string_view name) override {
    separate();
    out_ += name;
    out_ += ": ";
    after_name_ = true;
  }
  void end_object() override { close(); }
  void begin_vector(bool of_objects) override {
    separate();
    levels_.push_back({']', of_objects && options_.indent != 0});
  }
  void end_vector() override {
    if (levels_.back().is_empty) out_ += "[]";
    close();
  }

  void natural(std::uint32_t value) override { literal(std::to_string(value)); }
  void int32(std::int32_t value) override { literal(std::to_string(value)); }
  void int64(std::int64_t value) override { literal(std::to_string(value)); }
  void float64(double value) override {
    std::array<char, 32> shortest{};
    const auto end = std::to_chars(shortest.begin(), shortest.end(), value).ptr;
    literal({shortest.data(), static_cast<std::size_t>(end - shortest.data())});
  }
  void boolean(bool value) override { literal(value ? "true" : "false"); }
  void digits(core::byte_view value) override { literal(core::to_hex(value)); }
  void bytes(core::byte_view value) override {
    const std::size_t shown = std::min(value.size(), options_.longest_bytes);
    std::string text = core::to_hex(value.first(shown));
    if (shown < value.size()) text += "...";
    if (!text.empty()) text += ' ';
    literal(text + '(' + std::to_string(value.size()) + (value.size() == 1 ? " byte)" : " bytes)"));
  }
  void string(core::byte_view value) override {
    const std::string_view text = core::as_text(value);
    //= SER-08
    if (!core::is_utf8(text)) return bytes(value);
    separate();
    append_json_string(out_, text);
  }

 private:
  struct level {
    char close;
    /// One entry a line.
    bool tall;
    bool is_empty = true;
  };

  void separate() {
    if (std::exchange(after_name_, false) || levels_.empty()) return;
    level& around = levels_.back();
    const bool is_object = around.close == '}';
    if (std::exchange(around.is_empty, false)) {
      out_ += is_object ? " {" : "[";
      if (!around.tall && is_object) out_ += ' ';
    } else if (!around.tall) {
      out_ += ", ";
    }
    if (around.tall) new_line();
  }

  void close() {
    const level closed = levels_.back();
    levels_.pop_back();
    if (closed.is_empty) return;
    if (closed.tall) {
      new_line();
    } else if (closed.close == '}') {
      out_ += ' ';
    }
    out_ += closed.close;
  }

  // All levels around a tall one are tall: only vectors of scalars are not.
  void new_line() {
    out_ += '\n';
    out_.append(levels_.size() * options_.indent, ' ');
  }

  void literal(std::string_view text) {
    separate();
    out_ += text;
  }

  const print_options& options_;
  std::string out_;
  std::vector<level> levels_;
  bool after_name_ = false;
};

}  // namespace

core::result<std::string> to_text(const tables& schema, core::byte_view input,
                                  const print_options& options) {
  text_sink sink(options);
  COROGRAM_CHECK(detail::walk_boxed(schema, options.inner, input, sink));
  return sink.take();
}

core::result<std::string> to_text(const tables& schema, value_type type, core::byte_view input,
                                  const print_options& options) {
  text_sink sink(options);
  COROGRAM_CHECK(detail::walk_value(schema, options.inner, type, input, sink));
  return sink.take();
}

}  // namespace corogram::tl
