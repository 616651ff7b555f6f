#include "ui/export/export_work.h"

#include <QDir>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QRegularExpression>
#include <QStorageInfo>
#include <filesystem>

#include "core/atomic_file.h"
#include "core/export/exporter.h"
#include "core/output_place.h"

namespace octet::ui {

ExportPlace look_at(const QString& name) {
  const QFileInfo file(name);
  ExportPlace place{name, file.isDir(), {}, {}};
  if (file.exists() && !place.is_folder) place.replaced = static_cast<std::uint64_t>(file.size());
  if (const QStorageInfo disk(file.absolutePath()); disk.isValid())
    place.free = static_cast<std::uint64_t>(disk.bytesAvailable());
  return place;
}

std::uint64_t write_requested(const ExportRequest& request, const JobControl& control) {
  constexpr double kMegabyte = 1e6;
  auto inputs = request.inputs;
  inputs.push_back(request.checkpoint->path());
  check_outputs({request.path}, inputs);
  check_writable(request.path);
  control.at({"reading the checkpoint", 0, 0});
  auto prepared = prepare_export(request.checkpoint, request.resolved, request.components);
  const auto total = predicted_export_bytes(prepared);

  std::uint64_t written = 0;
  const auto at = [&] {
    control.at({"writing, MB", static_cast<int>(static_cast<double>(written) / kMegabyte),
                static_cast<int>(static_cast<double>(total) / kMegabyte)});
  };
  for (auto& tensor : prepared.tensors)
    tensor.produce = [&, produce = std::move(tensor.produce)](const ByteSink& sink) {
      produce([&](std::span<const std::byte> bytes) {
        sink(bytes);
        written += bytes.size();
        at();
      });
    };
  write_export(prepared, request.path, {control.stop, {}});
  return total;
}

QString export_name(const ExportRequest& request) {
  auto plan = QString::fromStdString(request.resolved.plan.name);
  plan.replace(QRegularExpression("[^\\w.-]+"), "-");
  auto name = QString::fromStdString(request.checkpoint->path().stem().string());
  if (!plan.isEmpty()) name += "-" + plan;
  const auto& parts = request.components;
  if (parts.size() < request.checkpoint->components().size() &&
      parts == std::vector<std::string>{"flow", "mel2wav"})
    name += "-synthesis";
  return name + ".safetensors";
}

QString python_that_loads(const std::filesystem::path& path) {
  // A JSON string is a Python string: of all that is escaped, both mean the same.
  auto quoted = QString::fromUtf8(
      QJsonDocument(QJsonArray{QString::fromStdString(path.string())}).toJson(QJsonDocument::Compact));
  quoted = quoted.mid(1, quoted.size() - 2);
  return QStringLiteral(
             "from safetensors.torch import load_file; t = load_file(%1); W = {k: v.float() * t[k + "
             "\"_scale\"] if k + \"_scale\" in t else v for k, v in t.items() if not "
             "k.endswith(\".weight_scale\")}")
      .arg(quoted);
}

}  // namespace octet::ui
