#include "ui/workbench/read_clip.h"

#include <iterator>
#include <optional>

#include "core/audio/sound_doubts.h"
#include "core/synthesis/captured.h"
#include "core/synthesis/tensor_inputs.h"
#include "core/synthesis/token_file.h"
#include "core/synthesis/voice_check.h"
#include "ui/document/file_kind.h"
#include "ui/language/tr.h"
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

Error refused(const QString& what, const Clip& clip, const QString& hint) {
  return {ErrorKind::input, what.arg(QString::fromStdString(clip.path.string())).toStdString(),
          hint.toStdString()};
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
        throw refused(tr("%1 was spoken by a model of another variant"), clip,
                      tr("choose a voice: then it is spoken under the draws of the seed"));
      own_voice = std::move(captured.request.voice);
      read.noise = std::move(captured.request.noise);
      read.steps = captured.request.steps;
    }
  } else if (holds_tensors(clip.path)) {
    if (voice.empty())
      throw refused(tr("%1 holds tokens, which have no voice of their own"), clip,
                    tr("choose a voice: a sound file or a conditioning file"));
    auto [tokens, notices] = read_tokens(clip.path);
    read.tokens = std::move(tokens);
    tell(notices);
  } else {
    read.recording = std::make_shared<const Sound>(hear(clip.path));
    original = std::make_shared<const Sound>(mono(*read.recording));
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

ClipFolder read_speech(const Engine& engine, const std::vector<Clip>& clips, const Voice& chosen,
                       const JobControl& control) {
  ClipFolder speech;
  for (const auto& clip : clips) {
    control.at({"reading clips", static_cast<int>(speech.clips.size()), static_cast<int>(clips.size())});
    const auto name = clip.name.toStdString();
    try {
      auto read = read_clip(engine, clip, holds_tensors(clip.path) ? chosen : Voice(), control);
      SynthesisRequest request;
      request.tokens = std::move(read.tokens);
      request.voice = std::move(read.voice);
      request.noise = std::move(read.noise);
      request.steps = read.steps;
      speech.clips.push_back({name, std::move(request), std::move(read.recording), clip.path});
      std::ranges::move(read.warnings, std::back_inserter(speech.warnings));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::input) throw;
      speech.skipped.push_back({name, error.what()});
    }
  }
  if (speech.clips.empty())
    throw Error(ErrorKind::input, tr("none of the clips can be used").toStdString(),
                speech.skipped.empty() ? tr("add others").toStdString() : speech.skipped.front().reason);
  return speech;
}

}  // namespace octet::ui
