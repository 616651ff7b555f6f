#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/study/validation_sounds.h"

namespace octet {

/// Where the parts of the report's page are: resources/report.
std::filesystem::path report_folder();

/// One HTML file that needs no other and no network: verdicts, intervals beside floors and thresholds, the
/// sound of `spoken` with sample-exact switching, scores of all clips, plans with reasons, provenance. The
/// validation is in it as its result file has it (the element "octet-validation"), sounds as 16-bit PCM. The
/// same validation gives the same bytes. `layers` are the checkpoint's.
std::string to_html(const Validation& validation, const std::vector<SpokenClip>& spoken,
                    const LayerTable& layers);

/// A row for each plan, clip and measure: plan,clip,measure,unit,better,score,floor (RFC 4180); what is not
/// defined is empty.
std::string to_csv(const Validation& validation);

}  // namespace octet
