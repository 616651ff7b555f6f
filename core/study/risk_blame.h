#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/study/risk.h"
#include "core/study/risk_clips.h"

namespace octet {

/// A layer's name up to its first part that ends with a digit: "mel2wav.resblocks.3" of its convolutions, all
/// of "mel2wav.conv_post".
std::string part_of(std::string_view layer);

/// The parts below `scope` ("mel2wav.") that the plan stores otherwise than fp32, each put into fp32's model
/// alone, and what `error` says of that; activations are fp32's. Five at most, worst first; without those
/// that make no error.
std::vector<BlamedPart> blame(const RiskModels& models, std::string_view scope, const JobControl& control,
                              const std::function<double(const BoundModel&)>& error);

}  // namespace octet
