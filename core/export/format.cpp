#include "core/export/format.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "core/export/layer_tensors.h"

namespace octet {
namespace {

struct Row {
  ExportFormat format;
  std::string_view name;
  std::vector<TensorSource> (*tensors)(const PlannedLayer&);
};
constexpr std::array kFormats{
    Row{ExportFormat::octet, "octet", octet_tensors}, Row{ExportFormat::stock, "stock", stock_tensors},
    Row{ExportFormat::comfy, "comfy", comfy_tensors},
    Row{ExportFormat::compressed_tensors, "compressed-tensors", compressed_tensors}};

const Row& row_of(ExportFormat format) { return *std::ranges::find(kFormats, format, &Row::format); }

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= list.size();) {
    const auto end = std::min(list.find(',', begin), list.size());
    parts.push_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

ExportOrigin origin_of_stock(const std::string& text, const std::string& path) try {
  const auto said = nlohmann::json::parse(text);
  return {ExportFormat::stock, parse_plan(said.at("plan").dump(), "the plan in the checkpoint (octet_stock)"),
          split(said.at("components")), said.at("source_sha256")};
} catch (const nlohmann::json::exception& error) {
  throw Error(ErrorKind::input,
              fmt::format("{}: octet_stock in its metadata is damaged: {}", path, error.what()));
}

}  // namespace

std::string_view to_string(ExportFormat format) { return row_of(format).name; }

std::optional<ExportFormat> export_format_from(std::string_view name) {
  const auto found = std::ranges::find(kFormats, name, &Row::name);
  if (found == kFormats.end()) return {};
  return found->format;
}

const std::vector<std::string>& export_format_names() {
  static const auto names = [] {
    std::vector<std::string> all;
    all.reserve(kFormats.size());
    for (const auto& row : kFormats) all.emplace_back(row.name);
    return all;
  }();
  return names;
}

std::vector<TensorSource> tensors_of(ExportFormat format, const PlannedLayer& planned) {
  return row_of(format).tensors(planned);
}

ExportOrigin origin_of(const Checkpoint& exported) {
  const auto& metadata = exported.metadata();
  const auto value = [&](const char* key) {
    const auto found = metadata.find(key);
    return found == metadata.end() ? std::string() : found->second;
  };
  const auto path = exported.path().string();
  if (metadata.contains("octet_stock")) return origin_of_stock(value("octet_stock"), path);
  if (!metadata.contains("octet_plan"))
    throw Error(ErrorKind::input, path + " is not an export of Octet: its metadata has no octet_plan",
                "octet inspect shows what it is");
  const auto made_for = metadata.contains("octet_for") ? value("octet_for") : "octet";
  const auto format = export_format_from(made_for);
  if (!format)
    throw Error(ErrorKind::input, fmt::format("{}: octet_for is {}, which is unknown", path, made_for));
  return {*format, stored_plan(exported.layers(), metadata), split(value("octet_components")),
          exported.source_sha256()};
}

}  // namespace octet
