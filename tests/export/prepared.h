#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "core/export/exporter.h"
#include "tests/demo_voice.h"

namespace octet::test {

/// Of the demo voice.
inline Export prepared(const PrecisionPlan& plan, const std::vector<std::string>& components = {},
                       ExportFormat format = ExportFormat::octet) {
  return prepare_export(demo_checkpoint(), resolve(plan, demo_checkpoint()->layers()), components, format);
}

inline std::string read_all(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace octet::test
