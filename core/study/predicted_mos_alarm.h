#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/study/verdict.h"

namespace octet {

/// A sentence where the predicted MOS of a plan falls, in the mean over clips, and lies below the floor's,
/// another take of the reference, by more than takes do by chance (core/study/take_spread.h): in 5 % of cases
/// for all of the `plans` that are looked at at once and both networks that predict. None else, and where
/// nothing was predicted. It is no part of a verdict.
std::optional<std::string> predicted_mos_alarm(std::string_view plan, std::span<const PairedScores> clips,
                                               int plans);

/// Of all runs of a report but the first.
std::vector<std::string> predicted_mos_alarms(const Report& report);

}  // namespace octet
