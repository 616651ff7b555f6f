#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/study/risk.h"

// What the texts of all risks have in common.
namespace octet::risk_texts {

using Json = nlohmann::ordered_json;
using Rows = std::vector<std::vector<std::string>>;

/// A risk's file.
std::string finished(const char* risk, const Json& figures);
std::string percent(double share);

Json blamed_json(const std::vector<BlamedPart>& blamed);
/// Under an empty line; nothing where nobody is to blame.
std::string blamed_table(const std::vector<BlamedPart>& blamed);

}  // namespace octet::risk_texts
