#pragma once

namespace corogram::tl {

/// not_an_aggregate is a base without members for generated structs that cannot declare a
/// constructor, because a field has their name (`message.message`; C++ forbids both together). The
/// others declare theirs. Either way no generated struct is an aggregate, which g++ 12 destroys
/// twice when it is a temporary beside a co_await. T, the struct itself, makes each base a type of
/// its own, so that no two of them have to be kept at different addresses.
template <class T>
struct not_an_aggregate {};

}  // namespace corogram::tl
