#include "ui/risks/risk_work.h"

#include <algorithm>

#include "core/sets/reference_set.h"

namespace octet::ui {
namespace {

/// By the set that it lies in; empty where nothing says so.
std::string speaker_in(const std::filesystem::path& clip) {
  const auto folder = clip.parent_path();
  if (!is_reference_set(folder)) return {};
  const auto set = read_set(folder);
  const auto found = std::ranges::find(set.clips, clip.filename().string(), &SetClip::file);
  return found == set.clips.end() ? std::string() : found->speaker;
}

std::vector<std::string> speakers_of(const std::vector<ComparisonClip>& clips,
                                     const std::vector<Clip>& files) {
  std::vector<std::string> speakers;
  for (const auto& clip : clips) {
    const auto file = std::ranges::find(files, QString::fromStdString(clip.name), &Clip::name);
    speakers.push_back(file == files.end() ? std::string() : speaker_in(file->path));
  }
  return speakers;
}

}  // namespace

std::string text_of(const Risk& risk) {
  return std::visit([](const auto& found) { return to_json(found); }, risk);
}

Risk carry_out(const RiskRequest& request, const Engine& engine, const ResolvedPlan& plan,
               const std::vector<ComparisonClip>& clips, const JobControl& control) {
  switch (request.kind) {
    case RiskKind::steps: return risk_of_steps(engine, plan, clips, control);
    case RiskKind::istft: return risk_of_istft(engine, plan, clips, control);
    case RiskKind::snake: return risk_of_snake(engine, plan, clips, control);
    case RiskKind::speaker:
      return risk_of_speaker(engine, plan, clips, speakers_of(clips, request.clips), control);
    case RiskKind::noise: return risk_of_noise(engine, plan, clips, request.speech_level, control);
    case RiskKind::pitch: break;
  }
  return risk_of_pitch(engine, plan, clips, control);
}

}  // namespace octet::ui
