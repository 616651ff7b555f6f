#pragma once

namespace octet {

/// Part of the spectrum, in Hz.
struct FrequencyBand {
  double low = 0;
  double high = 0;

  bool operator==(const FrequencyBand&) const = default;
};

}  // namespace octet
