#pragma once

#include <span>

namespace octet {

/// Clicks a second that the test has and the reference has not; lower is better.
/// A click is a sample whose fourth difference is 25 times the median size of those in the 20 ms around it
/// (at least one of them: of fp32's noise, -120 dB, at the least) and four times the largest of the reference
/// within 1 ms: a jump of a single sample stands out there by its steepness, speech and hiss do not. Those
/// within 5 ms are one. Octet's own definition. Signals of different lengths: the common part. NaN when that
/// is shorter than 20 ms.
double clicks(std::span<const float> reference, std::span<const float> test, int sample_rate);

}  // namespace octet
