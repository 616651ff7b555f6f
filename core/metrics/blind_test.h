#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace octet {

/// A listening test by ABX (D. Clark, "High-resolution subjective testing using a double-blind comparator",
/// Journal of the Audio Engineering Society 30(5), 1982): in each trial X is one of two sounds, and a
/// listener who knows both says which.
struct BlindTest {
  enum class Sound : std::uint8_t { a, b };

  struct Side {
    std::string run;           ///< "A", "B" …
    std::string plan = {};     ///< its name
    std::string recipes = {};  ///< what was done with each layer, as a hash in hex

    bool operator==(const Side&) const = default;
  };

  std::string clip;
  std::string voice = {};        ///< empty: the clip's own
  int steps = 0;                 ///< Euler steps; 0: what the checkpoint was trained for
  std::uint64_t noise_seed = 0;  ///< of both sounds
  Side a, b;
  std::optional<std::pair<double, double>> seconds = {};  ///< what was heard of the clip; none: all
  std::uint64_t seed = 0;                                 ///< of what X was
  int trials = 0;                                         ///< asked for, 1 … kMostTrials
  std::vector<Sound> answers = {};                        ///< fewer than trials where it was stopped

  static constexpr int kMostTrials = 500;

  bool operator==(const BlindTest&) const = default;
};

/// What X is in each trial: a fair coin of its own, so that no trial tells of another.
std::vector<BlindTest::Sound> hidden_sounds(std::uint64_t seed, int trials);

int right_answers(const BlindTest& test);

/// How likely who only guesses has `right` or more of `trials` right: the upper tail of the binomial
/// distribution of probability 1/2, exact. 0 <= right <= trials <= BlindTest::kMostTrials.
double probability_by_guessing(int right, int trials);

/// "octet-blind-test" 1, docs/formats.md. `checkpoint_sha256`: of the model that spoke.
std::string to_json(const BlindTest& test, const std::string& checkpoint_sha256);

/// The test that `json` is of. Throws Error(input) where it is none that to_json wrote: another version, a
/// key that is missing or wrong, an X that its seed does not give.
BlindTest parse_blind_test(const std::string& json);

}  // namespace octet
