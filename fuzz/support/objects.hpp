#pragma once

// Properties of the TL interpreters that hold for every schema.

#include <corogram/core/bytes.hpp>
#include <corogram/tl/random_value.hpp>
#include <corogram/tl/tables.hpp>

namespace corogram::fuzz {

/// check_object decodes `input` as one boxed object or call of `schema`. What decodes has one
/// printed form, which makes bytes that print the same; those bytes are a fixed point. The decoder
/// of values agrees with the printers, encodes to those bytes, and what it has made equals its
/// copy.
void check_object(const tl::tables& schema, core::byte_view input);

/// check_json reads `input` as JSON for the combinator that its first two bytes choose. What is
/// accepted makes bytes that decode and print; an error lies within the text.
void check_json(const tl::tables& schema, core::byte_view input);

/// check_random_object does so with an object of the schema that the input chooses by a seed, and
/// then alters. `values` makes those of `schema`.
void check_random_object(const tl::random_values& values, const tl::tables& schema,
                         core::byte_view input);

}  // namespace corogram::fuzz
