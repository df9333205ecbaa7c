#pragma once

namespace corogram::bench {

/// print_ige_vector writes a key, an initialisation vector, a text and what ige_encrypt makes of it
/// to standard output, as a JSON object of hex strings: for programs in other languages to agree
/// with.
void print_ige_vector();

}  // namespace corogram::bench
