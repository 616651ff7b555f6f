#include "core/metrics/sound_comparison.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>
#include <span>

#include "core/audio/sound_doubts.h"
#include "core/dsp/resample.h"
#include "core/metrics/table.h"
#include "core/metrics/text_table.h"
#include "core/torch_errors.h"

namespace octet {
namespace {

Sound at_rate(const Sound& sound, int rate) {
  if (sound.sample_rate == rate) return sound;
  at::Tensor samples = at::empty({static_cast<std::int64_t>(sound.samples.size())}, at::kFloat);
  std::copy(sound.samples.begin(), sound.samples.end(), samples.data_ptr<float>());
  const at::Tensor resampled = resample(samples, sound.sample_rate, rate).contiguous();
  const float* data = resampled.data_ptr<float>();
  return {rate, 1, {data, data + resampled.numel()}};
}

/// What differs between the files, and so is not compared.
std::vector<std::string> differences(const Sound& reference, const Sound& test) {
  std::vector<std::string> found;
  if (reference.channels > 1 || test.channels > 1)
    found.push_back(fmt::format("The mean of the channels is compared (reference {}, test {})",
                                reference.channels, test.channels));
  if (reference.sample_rate != test.sample_rate)
    found.push_back(fmt::format("Both are compared at {} Hz (reference {} Hz, test {} Hz)",
                                std::min(reference.sample_rate, test.sample_rate), reference.sample_rate,
                                test.sample_rate));
  if (std::abs(reference.seconds() - test.seconds()) * reference.sample_rate >= 1)
    found.push_back(
        fmt::format("The lengths differ, the common part is compared (reference {:.3f} s, test {:.3f} s)",
                    reference.seconds(), test.seconds()));
  return found;
}

std::string describe(const Alignment& alignment, int sample_rate) {
  std::string how;
  if (alignment.lag != 0)
    how = fmt::format("{} samples ({:.2f} ms) {}", std::abs(alignment.lag),
                      1000.0 * static_cast<double>(std::abs(alignment.lag)) / sample_rate,
                      alignment.lag > 0 ? "late" : "early");
  if (alignment.inverted) how += how.empty() ? "inverted" : " and inverted";
  return how;
}

/// All measures that need no model; `predict` is nullptr where predictions are left out.
std::vector<Score> scores(std::span<const float> reference, std::span<const float> test, int sample_rate,
                          const MosPredictor* predict) {
  PredictedMos of_reference, of_test;
  if (predict) {
    const auto common = std::min(reference.size(), test.size());
    of_reference = (*predict)(reference.first(common), sample_rate, {});
    of_test = (*predict)(test.first(common), sample_rate, {});
  }
  std::vector<Score> all;
  for (const Measure& measure : measures()) {
    const std::string id(measure.id);
    if (measure.compute) all.push_back({id, measure.compute(reference, test, sample_rate)});
    if (predict && measure.group == MeasureGroup::predicted)
      all.push_back({id, predicted_score(id, of_reference, of_test)});
  }
  return all;
}

/// The measures with shift and inversion undone.
std::vector<Score> aligned_scores(const Sound& reference, const Sound& test, const Alignment& alignment,
                                  const MosPredictor* predict) {
  const auto skip = [](const Sound& sound, std::int64_t samples) {
    return std::span(sound.samples).subspan(static_cast<std::size_t>(std::max<std::int64_t>(0, samples)));
  };
  const auto shifted = skip(test, alignment.lag);
  std::vector<float> upright(shifted.begin(), shifted.end());
  if (alignment.inverted) std::ranges::transform(upright, upright.begin(), std::negate());
  return scores(skip(reference, -alignment.lag), upright, reference.sample_rate, predict);
}

}  // namespace

SoundComparison compare_sounds(const Sound& reference, const Sound& test, Predictions predictions) try {
  std::optional<MosPredictor> made;
  if (predictions == Predictions::made) made.emplace();
  const MosPredictor* predict = made ? &*made : nullptr;
  SoundComparison result;
  result.sample_rate = std::min(reference.sample_rate, test.sample_rate);
  const auto warn = [&](const std::vector<std::string>& warnings) {
    result.warnings.insert(result.warnings.end(), warnings.begin(), warnings.end());
  };
  warn(reference.notices);
  warn(test.notices);
  warn(differences(reference, test));
  warn(doubts(reference, "The reference"));
  warn(doubts(test, "The test"));
  const Sound r = at_rate(mono(reference), result.sample_rate);
  const Sound t = at_rate(mono(test), result.sample_rate);
  result.seconds = std::min(r.seconds(), t.seconds());
  result.scores = scores(r.samples, t.samples, result.sample_rate, predict);
  result.alignment = find_alignment(r.samples, t.samples, result.sample_rate);
  if (result.alignment) {
    result.aligned_scores = aligned_scores(r, t, *result.alignment, predict);
    warn({fmt::format("The test is {}: figures with that undone stand beside (correlation {:.3f})",
                      describe(*result.alignment, result.sample_rate), result.alignment->correlation)});
  }
  return result;
} catch (...) {
  rethrow_as_error();
}

std::string to_json(const SoundComparison& comparison) {
  using Json = nlohmann::ordered_json;
  auto values = Json::array();
  for (std::size_t i = 0; i < comparison.scores.size(); ++i) {
    const Score& score = comparison.scores[i];
    const Measure& measure = measure_called(score.measure);
    // The JSON library writes a NaN as null.
    values.push_back({{"id", measure.id},
                      {"name", measure.name},
                      {"unit", measure.unit},
                      {"group", to_string(measure.group)},
                      {"better", to_string(measure.better)},
                      {"value", score.value}});
    if (comparison.alignment) values.back()["aligned_value"] = comparison.aligned_scores.at(i).value;
  }
  Json alignment;
  if (const auto& found = comparison.alignment)
    alignment = {{"lag_samples", found->lag},
                 {"lag_seconds", static_cast<double>(found->lag) / comparison.sample_rate},
                 {"inverted", found->inverted},
                 {"correlation", found->correlation}};
  const Json json{{"format", "octet-measure"},
                  {"version", 1},
                  {"sample_rate", comparison.sample_rate},
                  {"seconds", comparison.seconds},
                  {"warnings", comparison.warnings},
                  {"alignment", alignment},
                  {"measures", values}};
  return json.dump(1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + "\n";
}

std::string to_table(const SoundComparison& comparison) {
  MeasureTable table(comparison.alignment ? std::vector<std::string>{"value", "aligned"}
                                          : std::vector<std::string>{"value"});
  for (std::size_t i = 0; i < comparison.scores.size(); ++i) {
    const Measure& measure = measure_called(comparison.scores[i].measure);
    std::vector<std::string> values{format_value(measure, comparison.scores[i].value)};
    if (comparison.alignment) values.push_back(format_value(measure, comparison.aligned_scores.at(i).value));
    table.add(measure, values);
  }
  std::string text = fmt::format("{:.3f} s at {} Hz\n", comparison.seconds, comparison.sample_rate);
  if (comparison.alignment)
    text += fmt::format("The test is {}; aligned: with that undone\n",
                        describe(*comparison.alignment, comparison.sample_rate));
  return text + '\n' + table.text();
}

}  // namespace octet
