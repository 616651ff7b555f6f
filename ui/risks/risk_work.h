#pragma once

#include <QString>
#include <string>
#include <vector>

#include "core/study/risk_file.h"
#include "ui/document/document.h"

namespace octet::ui {

/// In the order of Risk's.
enum class RiskKind { steps, istft, snake, speaker, noise, pitch };

/// What a person asks to be looked at.
struct RiskRequest {
  RiskKind kind = RiskKind::steps;
  int slot = 1;              ///< whose plan
  std::vector<Clip> clips;   ///< one at least
  double speech_level = 65;  ///< dB SPL that speech is played at; of noise alone
};

/// A risk, and what it is of.
struct FoundRisk {
  Risk risk;
  int slot = 1;
  QString of;  ///< "B: seed, on hello"
};

/// The file that octet study risk -o writes.
std::string text_of(const Risk& risk);

/// As octet study risk, of `clips`, which are those of the request that could be read. Throws as it does.
Risk carry_out(const RiskRequest& request, const Engine& engine, const ResolvedPlan& plan,
               const std::vector<ComparisonClip>& clips, const JobControl& control);

}  // namespace octet::ui
