#include "core/study/study_subject.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <cstdint>
#include <span>

#include "core/checkpoint/sha256.h"
#include "core/version.h"

namespace octet {
namespace {

std::string hash_of(const std::vector<ComparisonClip>& clips) {
  Sha256 hash;
  const auto add = [&](const auto& values) { hash.update_counted(values); };
  for (const auto& [name, request, sound, file] : clips) {
    add(name);
    add(request.tokens);
    add(request.voice.prompt_token);
    add(request.voice.prompt_feat);
    add(request.voice.embedding);
    add(fmt::format("{} steps, seed {}, generator {}", request.steps, request.seed,
                    static_cast<int>(request.generator)));
    for (const auto& [draw, tensor] : request.noise) {
      add(draw);
      add(tensor.shape);
      std::visit(add, tensor.values);
    }
    if (!sound) continue;
    add(fmt::format("{} channels at {} Hz", sound->channels, sound->sample_rate));
    add(sound->samples);
  }
  return hash.hex();
}

}  // namespace

StudySubject subject_of(const Engine& engine, const std::vector<ComparisonClip>& clips) {
  const auto& checkpoint = engine.checkpoint();
  const auto& first = clips.at(0).request;
  StudySubject subject{.octet_version = version(),
                       .checkpoint = checkpoint.path().filename().string(),
                       .checkpoint_sha256 = checkpoint.source_sha256(),
                       .device = describe(engine.device()),
                       .threads = at::get_num_threads(),
                       .steps = first.steps == 0 ? engine.default_steps() : first.steps,
                       .seed = first.seed,
                       .clips = {},
                       .clips_sha256 = hash_of(clips)};
  for (const auto& clip : clips) subject.clips.push_back(clip.name);
  return subject;
}

}  // namespace octet
