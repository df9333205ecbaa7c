#pragma once

// The type of TL's vector fields. Like string.hpp, it includes nothing heavy.

#include <corogram/tl/memory.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <new>

namespace corogram::tl {

namespace detail {

/// The three members of every vector, whatever it holds: what the interpreters work on.
/// Shape: capacity 0 with a size means that the elements lie in memory of somebody else.
struct vector_base {
  void* data_ = nullptr;
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 0;

  /// grow makes room for `wanted` elements and moves those that are there by copying their bytes.
  void grow(std::size_t element_size, std::size_t wanted) noexcept;
};

}  // namespace detail

/// vector holds the elements of a TL vector in one block. It is made from initializer lists and
/// from anything with data() and size(); it is a contiguous range, so std::span takes it. Copies
/// are deep and own their elements. T may be incomplete where a vector is only a member. Pre of
/// every access: the index exists. A wrong one ends the program.
template <class T>
class vector : private detail::vector_base {
 public:
  using value_type = T;
  using iterator = T*;
  using const_iterator = const T*;

  constexpr vector() noexcept = default;
  vector(std::initializer_list<T> elements) { append(elements.begin(), elements.size()); }
  template <class R>
    requires requires(const R& range) {
      static_cast<const T*>(range.data());
      range.size();
    }
  vector(const R& range) {
    append(range.data(), range.size());
  }
  vector(const vector& other) { append(other.data(), other.size()); }
  vector(vector&& other) noexcept : vector_base(other) { other.forget(); }
  vector& operator=(const vector& other) {
    if (this != &other) *this = vector(other);
    return *this;
  }
  vector& operator=(vector&& other) noexcept {
    if (this != &other) {
      drop();
      vector_base::operator=(other);
      other.forget();
    }
    return *this;
  }
  ~vector() { drop(); }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] T* data() noexcept { return static_cast<T*>(data_); }
  [[nodiscard]] const T* data() const noexcept { return static_cast<const T*>(data_); }
  [[nodiscard]] T* begin() noexcept { return data(); }
  [[nodiscard]] T* end() noexcept { return data() + size_; }
  [[nodiscard]] const T* begin() const noexcept { return data(); }
  [[nodiscard]] const T* end() const noexcept { return data() + size_; }

  [[nodiscard]] T& operator[](std::size_t index) noexcept { return data()[checked(index)]; }
  [[nodiscard]] const T& operator[](std::size_t index) const noexcept {
    return data()[checked(index)];
  }
  [[nodiscard]] T& front() noexcept { return (*this)[0]; }
  [[nodiscard]] const T& front() const noexcept { return (*this)[0]; }
  [[nodiscard]] T& back() noexcept { return (*this)[size_ - std::size_t{1}]; }
  [[nodiscard]] const T& back() const noexcept { return (*this)[size_ - std::size_t{1}]; }

  /// Copies the elements into a standard container.
  template <class R>
    requires requires(const T* place) {
      typename R::allocator_type;
      R(place, place);
    }
  operator R() const {
    return R(begin(), end());
  }

  /// is_borrowed tells whether somebody else owns the elements.
  [[nodiscard]] bool is_borrowed() const noexcept { return size_ != 0 && capacity_ == 0; }

  void reserve(std::size_t count) noexcept {
    if (count > capacity_) grow(sizeof(T), count);
  }

  /// push_back appends; `element` may be an element of this vector.
  void push_back(T element) noexcept {
    if (size_ >= capacity_) grow(sizeof(T), size_ + std::size_t{1});
    ::new (static_cast<void*>(data() + size_)) T(static_cast<T&&>(element));
    ++size_;
  }

  /// emplace_back appends an empty element and returns it for filling in.
  T& emplace_back() noexcept {
    push_back(T());
    return back();
  }

  void clear() noexcept {
    drop();
    forget();
  }

  friend bool operator==(const vector& a, const vector& b)
    requires requires(const T& element) { element == element; }
  {
    if (a.size_ != b.size_) return false;
    for (std::size_t i = 0; i < a.size_; ++i)
      if (!(a.data()[i] == b.data()[i])) return false;
    return true;
  }

 private:
  [[nodiscard]] std::size_t checked(std::size_t index) const noexcept {
    if (index >= size_) detail::misuse("tl: index past the end of a vector");
    return index;
  }

  /// Pre: this vector is empty.
  void append(const T* elements, std::size_t count) {
    if (count == 0) return;
    grow(sizeof(T), count);
    if constexpr (__is_trivially_copyable(T)) {
      detail::copy_bytes(data_, elements, count * sizeof(T));
    } else {
      for (std::size_t i = 0; i < count; ++i) ::new (static_cast<void*>(data() + i)) T(elements[i]);
    }
    size_ = static_cast<std::uint32_t>(count);
  }

  void drop() noexcept {
    if (capacity_ == 0) return;
    if constexpr (!__is_trivially_copyable(T))
      for (std::size_t i = 0; i < size_; ++i) data()[i].~T();
    detail::release(data_);
  }

  void forget() noexcept { vector_base::operator=(vector_base()); }
};

}  // namespace corogram::tl
