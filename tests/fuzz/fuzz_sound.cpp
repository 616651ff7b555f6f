#include <cmath>
#include <sstream>

#include "core/audio/sound_file.h"
#include "tests/fuzz/read_or_refuse.h"

using namespace octet;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return test::read_or_refuse([&] {
    std::istringstream file{std::string(test::text_of(bytes, size))};
    const auto sound = read_sound(file, "fuzz");
    if (sound.sample_rate <= 0 || sound.channels <= 0 || sound.samples.empty()) std::abort();
    for (const float sample : sound.samples)
      if (!std::isfinite(sample)) std::abort();
  });
}
