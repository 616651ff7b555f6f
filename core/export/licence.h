#pragma once

#include <map>
#include <string>

namespace octet {

/// The licence that a file's metadata names, under `license`, `licence` or `modelspec.license` (the
/// safetensors metadata that Stability AI's ModelSpec defines), the first of these; empty when none does.
std::string licence_of(const std::map<std::string, std::string>& metadata);

}  // namespace octet
