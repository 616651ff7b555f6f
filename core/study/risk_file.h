#pragma once

#include <string_view>
#include <variant>

#include "core/study/risk.h"

namespace octet {

/// Any of the risks.
using Risk = std::variant<StepsRisk, IstftRisk, SnakeRisk, SpeakerRisk, NoiseRisk, PitchRisk>;

/// What to_json made of one. Throws Error(input) where it is no such text; `origin` names it.
Risk parse_risk(std::string_view json, std::string_view origin);

}  // namespace octet
