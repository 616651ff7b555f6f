#pragma once

#include <string>
#include <string_view>

#include "core/study/validation.h"

namespace octet {

/// "format": "octet-validation", "version": 1 (docs/formats.md), with a line for each clip; without verdicts
/// until all clips are done. Keys in a fixed order; what is not defined is null.
std::string to_json(const Validation& validation);

/// What is done of `begun` in such a text. Throws Error(usage) where it is of another subject, naming what
/// differs, and Error(input) where it is no such text; `origin` names it.
Validation resumed(Validation begun, std::string_view json, std::string_view origin);

/// Verdicts and findings as aligned text, and clips that were skipped.
std::string to_table(const Validation& validation);

}  // namespace octet
