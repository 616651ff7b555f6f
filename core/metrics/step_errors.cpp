#include "core/metrics/step_errors.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace octet {
namespace {

/// The values of a floating tensor, seen as [outer, frames, inner].
struct Frames {
  std::int64_t outer = 1, count = 1, inner = 1;

  Frames(const Shape& shape, std::size_t axis) : count(shape.at(axis)) {
    for (std::size_t i = 0; i < shape.size(); ++i) (i < axis ? outer : inner) *= i == axis ? 1 : shape[i];
  }
};

const HostTensor* find(const HostTensors& stages, const std::string& name) {
  const auto found = stages.find(name);
  if (found == stages.end() || !std::holds_alternative<std::vector<float>>(found->second.values))
    return nullptr;
  return &found->second;
}

/// Over the last `kept` frames of the axis; all when there are fewer.
std::optional<double> relative_error(const HostTensors& reference, const HostTensors& test,
                                     const std::string& stage, std::size_t axis, std::int64_t kept) {
  const auto* r = find(reference, stage);
  const auto* t = find(test, stage);
  if (!r || !t || r->shape != t->shape || r->shape.size() <= axis) return {};
  const auto& expected = std::get<std::vector<float>>(r->values);
  const auto& actual = std::get<std::vector<float>>(t->values);
  const Frames frames(r->shape, axis);
  double signal = 0, error = 0;
  for (std::int64_t outer = 0; outer < frames.outer; ++outer) {
    const auto end = static_cast<std::size_t>((outer + 1) * frames.count * frames.inner);
    const auto begin = end - static_cast<std::size_t>(std::min(kept, frames.count) * frames.inner);
    for (std::size_t i = begin; i < end; ++i) {
      const double difference = static_cast<double>(actual[i]) - expected[i];
      signal += static_cast<double>(expected[i]) * expected[i];
      error += difference * difference;
    }
  }
  if (!(signal > 0)) return {};
  return std::sqrt(error / signal);
}

int steps(const HostTensors& stages) {
  int count = 0;
  while (stages.contains("mel_step_" + std::to_string(count + 1))) ++count;
  return count;
}

}  // namespace

std::vector<StageError> step_errors(const HostTensors& reference, const HostTensors& test) {
  constexpr std::size_t kFrameAxisOfEncoder = 1, kFrameAxisOfMel = 2, kSamples = 0;
  constexpr auto kAll = std::numeric_limits<std::int64_t>::max();
  const auto* mel = find(reference, "mel");
  const auto speech = mel && mel->shape.size() == 3 ? mel->shape[2] : kAll;

  std::vector<StageError> errors;
  const auto add = [&](const std::string& stage, std::size_t axis, std::int64_t kept) {
    if (const auto error = relative_error(reference, test, stage, axis, kept))
      errors.push_back({stage, *error});
  };
  add("encoder_out", kFrameAxisOfEncoder, speech);
  if (const auto count = steps(reference); count == steps(test))
    for (int step = 1; step <= count; ++step)
      add("mel_step_" + std::to_string(step), kFrameAxisOfMel, speech);
  for (const auto* stage : {"f0", "source", "waveform"}) add(stage, kSamples, kAll);
  return errors;
}

}  // namespace octet
