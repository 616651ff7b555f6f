#include "ui/workbench/read_clip.h"

#include <optional>

#include "core/audio/sound_doubts.h"
#include "core/synthesis/captured.h"
#include "core/synthesis/tensor_inputs.h"
#include "core/synthesis/token_file.h"
#include "core/synthesis/voice_check.h"
#include "ui/document/file_kind.h"
#include "ui/listen/stream_resampler.h"
#include "ui/runs/run.h"

namespace octet::ui {
namespace {

/// The recording at the rate of what is made of it, so that the window's thread need not resample it.
std::shared_ptr<const Sound> to_listen(std::shared_ptr<const Sound> recording) {
  if (!recording || recording->sample_rate == kSampleRate) return recording;
  return std::make_shared<const Sound>(
      Sound{kSampleRate, 1, resampled(recording->samples, recording->sample_rate, kSampleRate)});
}

}  // namespace

ReadClip read_clip(const Engine& engine, const Clip& clip, const Voice& chosen, const JobControl& control) {
  const auto& checkpoint = engine.checkpoint();
  const auto model = engine.bind(stored_plan(checkpoint.layers(), checkpoint.metadata()));
  const auto& voice = chosen.path;
  ReadClip read;
  const auto tell = [&read](const std::vector<std::string>& found) {
    read.warnings.insert(read.warnings.end(), found.begin(), found.end());
  };
  const auto hear = [&tell](const std::filesystem::path& path) {
    auto sound = read_sound(path);
    tell(sound.notices);
    tell(doubts(sound, path.string()));
    return sound;
  };
  std::shared_ptr<const Sound> original;
  std::optional<Conditioning> own_voice;
  if (is_captured_utterance(clip.path)) {
    auto captured = read_captured(clip.path);
    tell(captured.notices);
    read.tokens = std::move(captured.request.tokens);
    if (voice.empty()) {
      if (captured.meanflow != (checkpoint.variant() == Variant::meanflow))
        throw Error(ErrorKind::input, clip.path.string() + " was spoken by a model of another variant",
                    "choose a voice: then it is spoken under the draws of the seed");
      own_voice = std::move(captured.request.voice);
      read.noise = std::move(captured.request.noise);
      read.steps = captured.request.steps;
    }
  } else if (holds_tensors(clip.path)) {
    if (voice.empty())
      throw Error(ErrorKind::input, clip.path.string() + " holds tokens, which have no voice of their own",
                  "choose a voice: a sound file or a conditioning file");
    auto [tokens, notices] = read_tokens(clip.path);
    read.tokens = std::move(tokens);
    tell(notices);
  } else {
    original = std::make_shared<const Sound>(mono(hear(clip.path)));
    read.tokens = engine.tokenize(*model, *original, control);
  }
  const auto meet = [&] {
    if (own_voice) return std::move(*own_voice);
    if (voice.empty()) return engine.condition(*model, *original, control);
    if (!holds_tensors(voice)) return engine.condition(*model, hear(voice), control);
    auto file = read_conditioning(voice);
    tell(file.notices);
    return std::move(file.voice);
  };
  auto checked = check_voice(meet(), (voice.empty() ? clip.path : voice).string());
  read.voice = std::move(checked.voice);
  tell(checked.warnings);
  read.original = to_listen(original);
  return read;
}

}  // namespace octet::ui
