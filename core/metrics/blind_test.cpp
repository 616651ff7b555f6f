#include "core/metrics/blind_test.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "core/error.h"
#include "core/version.h"

namespace octet {
namespace {

using Json = nlohmann::ordered_json;

Json side_json(const BlindTest::Side& side) {
  return {{"run", side.run}, {"plan", side.plan}, {"recipes", side.recipes}};
}

BlindTest::Side side_from(const Json& json) { return {json.at("run"), json.at("plan"), json.at("recipes")}; }

[[noreturn]] void refuse(const std::string& what) {
  throw Error(ErrorKind::input, "not a blind test as Octet writes it: " + what);
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

BlindTest parse_blind_test(const std::string& text) {
  BlindTest test;
  try {
    const auto json = Json::parse(text);
    if (json.at("format") != "octet-blind-test" || json.at("version") != 1)
      refuse("format and version must be octet-blind-test and 1");
    test = {.clip = json.at("clip"),
            .voice = json.at("voice"),
            .steps = json.at("steps"),
            .noise_seed = json.at("noise_seed"),
            .a = side_from(json.at("a")),
            .b = side_from(json.at("b")),
            .seed = json.at("seed"),
            .trials = json.at("trials")};
    if (json.contains("seconds")) test.seconds = {json["seconds"].at(0), json["seconds"].at(1)};
    const auto& answers = json.at("answers");
    if (test.trials < 1 || test.trials > BlindTest::kMostTrials ||
        answers.size() > static_cast<std::size_t>(test.trials))
      refuse(fmt::format("{} answers of {} trials", answers.size(), test.trials));
    const auto sound_of = [&](const std::string& run) {
      if (run != test.a.run && run != test.b.run) refuse(fmt::format("no side is called {}", run));
      return run == test.a.run ? BlindTest::Sound::a : BlindTest::Sound::b;
    };
    const auto hidden = hidden_sounds(test.seed, static_cast<int>(answers.size()));
    for (std::size_t i = 0; i < hidden.size(); ++i) {
      if (sound_of(answers[i].at("x")) != hidden[i])
        refuse(fmt::format("the seed gives another X in trial {}", i + 1));
      test.answers.push_back(sound_of(answers[i].at("said")));
    }
  } catch (const Json::exception& error) {
    refuse(error.what());
  }
  return test;
}

}  // namespace octet
