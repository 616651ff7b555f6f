#pragma once

#include <cstdint>
#include <string>

namespace octet {

// What a sound file may be. Both throw Error(input) naming the file.

/// 1 … 64 channels at 1 … 768,000 Hz.
void check_shape(long long channels, long long sample_rate, const std::string& name);

/// At most 2^29 samples over all channels: 2 GiB of floats, three hours of mono at 48 kHz.
void check_length(std::uint64_t samples, const std::string& name);

}  // namespace octet
