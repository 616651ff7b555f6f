#pragma once

#include <string>
#include <string_view>

#include "core/synthesis/stream_memory.h"

namespace octet {

/// What measure_streams measured, as `octet plan streams --json` prints it ("octet-streams" 1,
/// docs/formats.md). parse_streams(format_streams(m)) == m.
std::string format_streams(const StreamMeasures& measures);

/// `origin` names the text in errors. Throws Error(input) for anything else, and for measures in which
/// nothing was measured.
StreamMeasures parse_streams(std::string_view json, std::string_view origin);

}  // namespace octet
