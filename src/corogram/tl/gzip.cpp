#include <corogram/tl/gzip.hpp>
#include <corogram/tl/memory.hpp>

#include <zlib.h>

#include <algorithm>
#include <limits>

namespace corogram::tl {
namespace {

/// windowBits of zlib: the largest window, and the wrapper.
constexpr int gzip_window = 15 + 16;
constexpr int gzip_or_zlib_window = 15 + 32;

/// How large the output buffer is at first: most answers grow three- to fivefold.
constexpr std::size_t first_growth = 4;

/// An inflating z_stream that ends itself.
class inflater {
 public:
  explicit inflater(core::byte_view packed) {
    stream_.next_in = const_cast<Bytef*>(packed.data());
    stream_.avail_in = static_cast<uInt>(packed.size());
    if (inflateInit2(&stream_, gzip_or_zlib_window) != Z_OK)
      detail::misuse("tl: zlib cannot be initialised");
  }
  inflater(const inflater&) = delete;
  inflater& operator=(const inflater&) = delete;
  ~inflater() { inflateEnd(&stream_); }

  /// Fills `out` from `filled` on; returns zlib's code, and moves `filled`.
  int fill(core::byte_buffer& out, std::size_t& filled) {
    stream_.next_out = out.data() + filled;
    stream_.avail_out = static_cast<uInt>(out.size() - filled);
    const int code = ::inflate(&stream_, Z_NO_FLUSH);
    filled = out.size() - stream_.avail_out;
    return code;
  }

  [[nodiscard]] std::size_t left() const noexcept { return stream_.avail_in; }

 private:
  z_stream stream_{};
};

}  // namespace

core::byte_buffer gzip(core::byte_view plain) {
  z_stream stream{};
  if (plain.size() > std::numeric_limits<uInt>::max() / 2)
    detail::misuse("tl: more than 2 GiB to compress");
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window, 8,
                   Z_DEFAULT_STRATEGY) != Z_OK)
    detail::misuse("tl: zlib cannot be initialised");
  core::byte_buffer packed(deflateBound(&stream, static_cast<uLong>(plain.size())));
  stream.next_in = const_cast<Bytef*>(plain.data());
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = packed.data();
  stream.avail_out = static_cast<uInt>(packed.size());
  const int code = deflate(&stream, Z_FINISH);
  packed.resize(packed.size() - stream.avail_out);
  deflateEnd(&stream);
  if (code != Z_STREAM_END) detail::misuse("tl: zlib's bound on its output was wrong");
  return packed;
}

//= SM-43
//= SM-46
core::result<core::byte_buffer> gunzip(core::byte_view packed, std::size_t max_inflated,
                                       gzip_wrapper* found) {
  if (packed.size() < 2) return core::error(errc::bad_gzip, 0, "gzip or zlib");
  if (packed.size() > std::numeric_limits<std::int32_t>::max())
    return core::error(errc::too_large, 0, "less than 2 GiB");
  max_inflated = std::min<std::size_t>(max_inflated, std::numeric_limits<std::int32_t>::max());

  inflater from(packed);
  // One byte more than allowed, to tell "exactly as much" from "more".
  core::byte_buffer out(std::min(packed.size() * first_growth + 64, max_inflated + 1));
  std::size_t filled = 0;
  for (;;) {
    const int code = from.fill(out, filled);
    const std::size_t offset = packed.size() - from.left();
    if (filled > max_inflated)
      return core::error(errc::too_large, offset, "no more than the limit when inflated");
    if (code == Z_STREAM_END) break;
    if (code != Z_OK && code != Z_BUF_ERROR)
      return core::error(errc::bad_gzip, offset, "gzip or zlib");
    if (filled < out.size()) return core::error(errc::bad_gzip, offset, "the rest of the data");
    out.resize(std::min(out.size() * 2, max_inflated + 1));
  }
  if (from.left() != 0)
    return core::error(errc::trailing_bytes, packed.size() - from.left(), "the end of the data");
  if (found != nullptr)
    *found = packed[0] == 0x1f && packed[1] == 0x8b ? gzip_wrapper::gzip : gzip_wrapper::zlib;
  out.resize(filled);
  return out;
}

}  // namespace corogram::tl
