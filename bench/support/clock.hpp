#pragma once

// Time in cycles of the core, on machines that let nobody count them.
//
// A virtual machine hides the cycle counter, and the time stamp counter runs at a rate of its own.
// What does follow the core's clock is a chain of instructions each of which waits for the one
// before. So each sample is timed in nanoseconds between two such chains of known length.

namespace corogram::bench {

/// now returns the time of a clock that only goes forward. Units: nanoseconds.
double now() noexcept;

/// clock_cost is what a call of now adds to the time between two calls. Units: nanoseconds.
double clock_cost() noexcept;

/// core_clock measures how fast the core runs at this moment, which takes about 16 us.
/// Units: cycles per nanosecond, which is GHz.
double core_clock() noexcept;

/// times_interrupted counts how often this thread had to leave the processor to another one.
long times_interrupted() noexcept;

}  // namespace corogram::bench
