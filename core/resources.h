#pragma once

#include <filesystem>
#include <optional>

namespace octet {

/// The folder of the demo voice: beside an installed program, else in the source tree it was built from.
/// Throws Error(input) when neither is there.
std::filesystem::path demo_voice_folder();
/// nullopt where it is not there: people without it bring their own clips.
std::optional<std::filesystem::path> demo_voice_if_any();

}  // namespace octet
