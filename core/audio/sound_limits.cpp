#include "core/audio/sound_limits.h"

#include <fmt/format.h>

#include "core/error.h"

namespace octet {

void check_shape(long long channels, long long sample_rate, const std::string& name) {
  if (channels < 1 || channels > 64)
    throw Error(ErrorKind::input, fmt::format("{}: it says it has {} channels", name, channels));
  if (sample_rate < 1 || sample_rate > 768000)
    throw Error(ErrorKind::input, fmt::format("{}: it says its sample rate is {} Hz", name, sample_rate));
}

void check_length(std::uint64_t samples, const std::string& name) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 29;
  if (samples > kMost)
    throw Error(ErrorKind::input, fmt::format("{}: it holds more than {} samples", name, kMost),
                "cut it into shorter files");
}

}  // namespace octet
