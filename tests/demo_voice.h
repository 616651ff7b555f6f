#pragma once

#include <fstream>
#include <nlohmann/json.hpp>

#include "core/resources.h"
#include "core/synthesis/engine.h"
#include "core/synthesis/tensor_inputs.h"

namespace octet::test {

inline std::shared_ptr<const Checkpoint> demo_checkpoint() {
  static const auto checkpoint = Checkpoint::open(demo_voice_folder() / "s3gen_demo.safetensors");
  return checkpoint;
}

inline PrecisionPlan plan_of(std::string_view preset_name, Precision base) {
  return preset(preset_name, base, false);
}

/// Real tokens of the demo clips in turn, `count` of them, in a demo voice. One step: enough where speed
/// counts.
inline SynthesisRequest spoken(std::size_t count, int steps = 1) {
  std::ifstream file(demo_voice_folder() / "clips" / "clips.json");
  SynthesisRequest request;
  const auto clips = nlohmann::json::parse(file);
  while (request.tokens.size() < count)
    for (const auto& clip : clips)
      for (const auto& token : clip.at("tokens"))
        if (request.tokens.size() < count) request.tokens.push_back(token.get<std::int64_t>());
  request.voice = read_conditioning(demo_voice_folder() / "conds" / "voice_f_nora.safetensors").voice;
  request.steps = steps;
  return request;
}

/// The values of a floating stage tensor.
inline const std::vector<float>& stage_floats(const Synthesis& synthesis, const std::string& stage) {
  return std::get<std::vector<float>>(synthesis.stages.at(stage).values);
}

}  // namespace octet::test
