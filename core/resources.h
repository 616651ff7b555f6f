#pragma once

#include <filesystem>

namespace octet {

/// The folder of the demo voice: beside an installed program, else in the source tree it was built from.
/// Throws Error(input) when neither is there.
std::filesystem::path demo_voice_folder();

}  // namespace octet
