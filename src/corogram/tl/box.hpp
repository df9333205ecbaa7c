#pragma once

// The type of TL's boxed fields: any constructor of one abstract type. A field needs the abstract
// type's name only (`struct Peer;`); what is inside needs the header of that type.

#include <corogram/tl/memory.hpp>

#include <cstddef>
#include <cstdint>
#include <new>

namespace corogram::tl {

struct tables;

namespace detail {

/// How a box has what it holds.
enum class holding : std::uint8_t { nothing, inside, owned, borrowed };

/// The members of every box, whatever its type: what the interpreters work on.
struct box_base {
  /// The object itself, or a pointer to it.
  alignas(8) unsigned char payload_[8] = {};
  std::uint32_t id_ = 0;
  /// Position in the tables' combinators.
  std::uint16_t index_ = 0;
  holding holding_ = holding::nothing;

  [[nodiscard]] void* pointer() const noexcept {
    void* object;
    __builtin_memcpy(&object, payload_, sizeof object);
    return object;
  }
  void set_pointer(void* object) noexcept { __builtin_memcpy(payload_, &object, sizeof object); }
  [[nodiscard]] void* object() noexcept {
    return holding_ == holding::inside ? payload_ : pointer();
  }
  [[nodiscard]] const void* object() const noexcept {
    return holding_ == holding::inside ? payload_ : pointer();
  }
};

/// copy_box makes `to`, which holds nothing, a deep copy of `from`.
void copy_box(const tables& schema, box_base& to, const box_base& from);

/// destroy_box releases what an owning box holds, and leaves it dangling.
void destroy_box(const tables& schema, box_base& box) noexcept;

/// fits_box tells whether a box holds the constructor C inside itself.
template <class C>
inline constexpr bool fits_box = sizeof(C) <= 8 && __is_trivially_copyable(C);

template <class C, class Tag>
concept constructor_of = requires {
  typename C::tl_type;
  requires __is_same(typename C::tl_type, Tag);
};

}  // namespace detail

/// box holds one object of the abstract type Tag, or nothing, which cannot be sent. Constructors of
/// at most 8 bytes without strings, vectors and boxes lie inside. Copies are deep and own.
///
///   tl::box<api::Peer> peer = api::peerUser();
///   if (auto* user = peer.get_if<api::peerUser>()) user->user_id = 1;
template <class Tag>
class box : private detail::box_base {
 public:
  /// The abstract type.
  using tag = Tag;

  constexpr box() noexcept = default;

  template <class C>
    requires detail::constructor_of<C, Tag>
  box(C&& value) {
    void* place = payload_;
    if constexpr (!detail::fits_box<C>) {
      place = detail::allocate(sizeof(C));
      set_pointer(place);
    }
    ::new (place) C(static_cast<C&&>(value));
    id_ = C::tl_id;
    index_ = C::tl_index;
    holding_ = detail::fits_box<C> ? detail::holding::inside : detail::holding::owned;
  }
  template <class C>
    requires detail::constructor_of<C, Tag>
  box(const C& value) : box(C(value)) {}

  box(const box& other) { copy_from(other); }
  box(box&& other) noexcept : box_base(other) { other.forget(); }
  box& operator=(const box& other) {
    if (this != &other) *this = box(other);
    return *this;
  }
  box& operator=(box&& other) noexcept {
    if (this != &other) {
      drop();
      box_base::operator=(other);
      other.forget();
    }
    return *this;
  }
  ~box() { drop(); }

  [[nodiscard]] bool empty() const noexcept { return holding_ == detail::holding::nothing; }

  /// id is the number of the constructor inside; 0 when empty.
  [[nodiscard]] std::uint32_t id() const noexcept { return id_; }

  /// is tells whether the constructor inside is C.
  template <class C>
    requires detail::constructor_of<C, Tag>
  [[nodiscard]] bool is() const noexcept {
    return !empty() && id_ == C::tl_id;
  }

  /// get_if returns the object if its constructor is C, else nullptr.
  template <class C>
    requires detail::constructor_of<C, Tag>
  [[nodiscard]] C* get_if() noexcept {
    return is<C>() ? static_cast<C*>(object()) : nullptr;
  }
  template <class C>
    requires detail::constructor_of<C, Tag>
  [[nodiscard]] const C* get_if() const noexcept {
    return is<C>() ? static_cast<const C*>(object()) : nullptr;
  }

 private:
  // Found by argument-dependent look-up: each generated namespace has a function tl_tables.
  static const tables& schema() noexcept { return tl_tables(static_cast<const Tag*>(nullptr)); }

  void copy_from(const box& other) {
    if (other.holding_ == detail::holding::owned || other.holding_ == detail::holding::borrowed)
      detail::copy_box(schema(), *this, other);
    else
      box_base::operator=(other);
  }
  void drop() noexcept {
    if (holding_ == detail::holding::owned) detail::destroy_box(schema(), *this);
  }
  void forget() noexcept { box_base::operator=(box_base()); }
};

}  // namespace corogram::tl
