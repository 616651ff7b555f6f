#include "core/metrics/sound_comparison.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/dsp/resample.h"
#include "core/metrics/table.h"
#include "core/metrics/text_table.h"

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

}  // namespace

SoundComparison compare_sounds(const Sound& reference, const Sound& test) {
  SoundComparison result;
  result.sample_rate = std::min(reference.sample_rate, test.sample_rate);
  if (reference.channels > 1 || test.channels > 1) {
    result.notes.push_back(fmt::format("The mean of the channels is compared (reference {}, test {}).",
                                       reference.channels, test.channels));
  }
  if (reference.sample_rate != test.sample_rate) {
    result.notes.push_back(fmt::format("Both are compared at {} Hz (reference {} Hz, test {} Hz).",
                                       result.sample_rate, reference.sample_rate, test.sample_rate));
  }
  const Sound r = at_rate(mono(reference), result.sample_rate);
  const Sound t = at_rate(mono(test), result.sample_rate);
  if (r.frames() != t.frames()) {
    result.notes.push_back(
        fmt::format("The lengths differ, the common part is compared (reference {:.3f} s, test {:.3f} s).",
                    r.seconds(), t.seconds()));
  }
  result.seconds = std::min(r.seconds(), t.seconds());
  for (const Measure& measure : measures()) {
    if (!measure.compute) continue;
    result.scores.push_back(
        {std::string(measure.id), measure.compute(r.samples, t.samples, result.sample_rate)});
  }
  return result;
}

std::string to_json(const SoundComparison& comparison) {
  auto values = nlohmann::ordered_json::array();
  for (const Score& score : comparison.scores) {
    const Measure& measure = measure_called(score.measure);
    // The JSON library writes a NaN as null.
    values.push_back({{"id", measure.id},
                      {"name", measure.name},
                      {"unit", measure.unit},
                      {"better", to_string(measure.better)},
                      {"value", score.value}});
  }
  const nlohmann::ordered_json json{{"format", "octet-measure"},
                                    {"version", 1},
                                    {"sample_rate", comparison.sample_rate},
                                    {"seconds", comparison.seconds},
                                    {"notes", comparison.notes},
                                    {"measures", values}};
  return json.dump(1, ' ', /*ensure_ascii=*/false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string to_table(const SoundComparison& comparison) {
  std::vector<std::vector<std::string>> rows{{"measure", "unit", "better", "value"}};
  for (const Score& score : comparison.scores) {
    const Measure& measure = measure_called(score.measure);
    rows.push_back({std::string(measure.name), std::string(measure.unit),
                    std::string(to_string(measure.better)), format_value(measure, score.value)});
  }
  std::string text = fmt::format("{:.3f} s at {} Hz\n", comparison.seconds, comparison.sample_rate);
  for (const std::string& note : comparison.notes) text += note + '\n';
  return text + '\n' + align_columns(rows, 3);
}

}  // namespace octet
