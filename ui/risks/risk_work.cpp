#include "ui/risks/risk_work.h"

namespace octet::ui {
std::string text_of(const Risk& risk) {
  return std::visit([](const auto& found) { return to_json(found); }, risk);
}

Risk carry_out(const RiskRequest& request, const Engine& engine, const ResolvedPlan& plan,
               const std::vector<ComparisonClip>& clips, const JobControl& control) {
  switch (request.kind) {
    case RiskKind::steps: return risk_of_steps(engine, plan, clips, control);
    case RiskKind::istft: return risk_of_istft(engine, plan, clips, control);
    case RiskKind::snake: return risk_of_snake(engine, plan, clips, control);
    case RiskKind::speaker: return risk_of_speaker(engine, plan, clips, control);
    case RiskKind::noise: return risk_of_noise(engine, plan, clips, request.speech_level, control);
    case RiskKind::pitch: break;
  }
  return risk_of_pitch(engine, plan, clips, control);
}

}  // namespace octet::ui
