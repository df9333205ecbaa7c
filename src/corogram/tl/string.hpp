#pragma once

// The types of TL's `string` and `bytes` fields and of the bytes that nobody has taken apart yet.
// The header is included by every generated one, so it includes nothing of the standard library but
// the integer types.

#include <corogram/tl/memory.hpp>

#include <cstddef>
#include <cstdint>

namespace corogram::tl {

namespace detail {

/// A contiguous range of single bytes: std::string, std::span<const std::uint8_t>, std::array ...
template <class R>
concept byte_range = requires(const R& range) {
  range.size();
  range.data()[0];
  requires sizeof(range.data()[0]) == 1;
};

/// std::string, std::string_view and their like.
template <class R>
concept text_class = requires { typename R::traits_type; };

/// std::vector<std::uint8_t> and its like.
template <class R>
concept byte_container = !text_class<R> && requires(const std::uint8_t* place) {
  typename R::allocator_type;
  R(place, place);
  requires sizeof(typename R::value_type) == 1;
};

/// The part that `string` and `raw` share: a pointer, a length, and whether the bytes are our own.
class octets {
 public:
  constexpr octets() noexcept = default;
  octets(const octets& other) : octets(other.data_, other.size_) {}
  octets(octets&& other) noexcept : data_(other.data_), size_(other.size_), owned_(other.owned_) {
    other.forget();
  }
  octets& operator=(const octets& other) {
    if (this != &other) *this = octets(other);
    return *this;
  }
  octets& operator=(octets&& other) noexcept {
    if (this != &other) {
      drop();
      data_ = other.data_;
      size_ = other.size_;
      owned_ = other.owned_;
      other.forget();
    }
    return *this;
  }
  ~octets() { drop(); }

  [[nodiscard]] const std::uint8_t* data() const noexcept { return data_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] const std::uint8_t* begin() const noexcept { return data_; }
  [[nodiscard]] const std::uint8_t* end() const noexcept { return data_ + size_; }

  /// operator[] reads one byte. Pre: index < size(). A wrong index ends the program.
  [[nodiscard]] std::uint8_t operator[](std::size_t index) const noexcept {
    if (index >= size_) misuse("tl: index past the end of a string");
    return data_[index];
  }

  /// is_borrowed tells whether somebody else owns the bytes.
  [[nodiscard]] bool is_borrowed() const noexcept { return size_ != 0 && owned_ == 0; }

  friend bool operator==(const octets& a, const octets& b) noexcept {
    return a.size_ == b.size_ && same_bytes(a.data_, b.data_, a.size_);
  }

 protected:
  octets(const void* data, std::size_t size);

  void adopt_view(const void* data, std::size_t size) noexcept;

 private:
  void drop() noexcept {
    if (owned_ != 0) release(const_cast<std::uint8_t*>(data_));
  }
  void forget() noexcept {
    data_ = nullptr;
    size_ = 0;
    owned_ = 0;
  }

  const std::uint8_t* data_ = nullptr;
  std::uint32_t size_ = 0;
  std::uint32_t owned_ = 0;
};

}  // namespace detail

/// string holds the bytes of a TL `string` or `bytes`. It is made from anything with data() and
/// size() over single bytes and from character literals, and turns into std::string,
/// std::string_view and std::vector of bytes by itself; std::span takes it as the range of bytes
/// that it is. The bytes are written as a whole only. Copies own their bytes, whatever the original
/// did. Pre: no more than max_size bytes; a longer string ends the program.
class string : public detail::octets {
 public:
  /// The longest string that the wire's length field can tell.
  //= SER-05
  static constexpr std::size_t max_size = 0xff'ffff;

  constexpr string() noexcept = default;

  string(const char* text) : string(text, detail::text_length(text)) {}

  /// Copies `size` bytes.
  string(const void* data, std::size_t size) : octets(checked(data, size), size) {}

  template <detail::byte_range R>
  string(const R& bytes) : string(bytes.data(), bytes.size()) {}

  /// borrow makes a string that refers to bytes which somebody else owns, for requests with much
  /// data. Lifetime: the bytes must outlive it and everything that it is moved to.
  [[nodiscard]] static string borrow(const void* data, std::size_t size) noexcept {
    string view;
    view.adopt_view(checked(data, size), size);
    return view;
  }

  /// Copies, or views, the characters as text. Lifetime of a view: that of this string.
  template <detail::text_class R>
  operator R() const {
    return R(reinterpret_cast<const char*>(data()), size());
  }

  /// Copies the bytes into a standard container.
  template <detail::byte_container R>
  operator R() const {
    return R(begin(), end());
  }

  friend bool operator==(const string& a, const string& b) noexcept {
    return static_cast<const octets&>(a) == static_cast<const octets&>(b);
  }
  friend bool operator==(const string& a, const char* b) noexcept {
    return a.size() == detail::text_length(b) && detail::same_bytes(a.data(), b, a.size());
  }
  template <detail::byte_range R>
  friend bool operator==(const string& a, const R& b) noexcept {
    return a.size() == b.size() && detail::same_bytes(a.data(), b.data(), a.size());
  }

 private:
  static const void* checked(const void* data, std::size_t size) noexcept {
    if (size > max_size) detail::misuse("tl: a string of more than 2^24 - 1 bytes");
    return data;
  }
};

/// raw holds serialised TL as it is: the value of a field of type `Object` or `!X`, which begins
/// with its constructor's number and is written and read unchanged. It is made from anything with
/// data() and size() over single bytes; std::span takes it as a range of bytes. Copies own.
/// Pre: less than 4 GiB.
class raw : public detail::octets {
 public:
  constexpr raw() noexcept = default;

  /// Copies `size` bytes.
  raw(const void* data, std::size_t size) : octets(data, size) {}

  template <detail::byte_range R>
  explicit raw(const R& bytes) : raw(bytes.data(), bytes.size()) {}

  template <detail::byte_range R>
  raw& operator=(const R& bytes) {
    return *this = raw(bytes.data(), bytes.size());
  }

  /// borrow makes a raw that refers to bytes which somebody else owns.
  /// Lifetime: the bytes must outlive it and everything that it is moved to.
  [[nodiscard]] static raw borrow(const void* data, std::size_t size) noexcept {
    raw view;
    view.adopt_view(data, size);
    return view;
  }

  /// Copies the bytes into a standard container.
  template <detail::byte_container R>
  operator R() const {
    return R(begin(), end());
  }

  friend bool operator==(const raw& a, const raw& b) noexcept {
    return static_cast<const octets&>(a) == static_cast<const octets&>(b);
  }
};

}  // namespace corogram::tl
