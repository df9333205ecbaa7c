#pragma once

// What the instructions of this machine's core allow at best, measured by chains of them.
//
// A single stream of IGE or a hash cannot be faster than the latency of its instructions, since
// each block waits for the one before. Several streams are bound by how many instructions the core
// can begin.

namespace corogram::bench {

/// Units: cycles. Zero where the machine has no such instructions.
struct limits {
  /// The 14 rounds of AES-256, of one block that waits for another, and of one among many.
  double aes_latency = 0;
  double aes_throughput = 0;
  /// The 64 steps of SHA-256, likewise, and the 80 of SHA-1.
  double sha256_latency = 0;
  double sha256_throughput = 0;
  double sha1_latency = 0;
};

/// machine_limits returns what the first call measured.
const limits& machine_limits();

/// The bounds of work on `streams` independent messages. Units: cycles per byte.
double ige_bound(double streams = 1);
double message_bound(double streams = 1);
double ctr_bound();
double sha256_bound();
double sha1_bound();

}  // namespace corogram::bench
