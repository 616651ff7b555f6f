#include "core/metrics/blind_test.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "core/version.h"

namespace octet {
namespace {

using Json = nlohmann::ordered_json;

Json side_json(const BlindTest::Side& side) {
  return {{"run", side.run}, {"plan", side.plan}, {"recipes", side.recipes}};
}

}  // namespace

std::vector<BlindTest::Sound> hidden_sounds(std::uint64_t seed, int trials) {
  std::mt19937_64 random(seed);  // the standard says what it draws, everywhere
  std::vector<BlindTest::Sound> sounds(static_cast<std::size_t>(trials));
  for (auto& sound : sounds) sound = (random() >> 63U) != 0 ? BlindTest::Sound::b : BlindTest::Sound::a;
  return sounds;
}

int right_answers(const BlindTest& test) {
  const auto hidden = hidden_sounds(test.seed, static_cast<int>(test.answers.size()));
  int right = 0;
  for (std::size_t i = 0; i < hidden.size(); ++i) right += test.answers[i] == hidden[i] ? 1 : 0;
  return right;
}

double probability_by_guessing(int right, int trials) {
  double ways = std::ldexp(1.0, -trials), sum = 0;  // of all right, over all there are
  for (int k = trials; k >= right; --k) {
    sum += ways;
    ways *= static_cast<double>(k) / (trials - k + 1);
  }
  return std::min(sum, 1.0);
}

std::string to_json(const BlindTest& test, const std::string& checkpoint_sha256) {
  const auto hidden = hidden_sounds(test.seed, static_cast<int>(test.answers.size()));
  const auto name = [&](BlindTest::Sound sound) {
    return sound == BlindTest::Sound::a ? test.a.run : test.b.run;
  };
  Json answers = Json::array();
  for (std::size_t i = 0; i < hidden.size(); ++i)
    answers.push_back({{"x", name(hidden[i])}, {"said", name(test.answers[i])}});
  const int answered = static_cast<int>(test.answers.size()), right = right_answers(test);
  Json json{{"format", "octet-blind-test"},
            {"version", 1},
            {"octet", version()},
            {"checkpoint_sha256", checkpoint_sha256},
            {"clip", test.clip},
            {"voice", test.voice},
            {"steps", test.steps},
            {"noise_seed", test.noise_seed},
            {"a", side_json(test.a)},
            {"b", side_json(test.b)},
            {"seed", test.seed},
            {"trials", test.trials},
            {"answers", answers},
            {"right", right},
            {"p", probability_by_guessing(right, answered)}};
  if (test.seconds) json["seconds"] = Json::array({test.seconds->first, test.seconds->second});
  return json.dump(1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + '\n';
}

}  // namespace octet
