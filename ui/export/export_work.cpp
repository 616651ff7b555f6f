#include "ui/export/export_work.h"

#include <QDir>
#include <QFileInfo>
#include <QRegularExpression>
#include <QStorageInfo>
#include <filesystem>

#include "core/atomic_file.h"
#include "core/checkpoint/hash_of_file.h"
#include "core/export/exporter.h"
#include "core/export/model_card.h"
#include "core/held_file.h"
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

namespace {

/// None where what was measured was another plan, or nothing.
std::optional<CardMeasures> measures_of(const ExportRequest& request, const ModelCard& card) try {
  if (request.report.empty()) return {};
  return read_card_measures(request.report, "the window's measures",
                            {card.plan.name, card.source_sha256, card.size});
} catch (const Error&) {
  return {};
}

/// None where no plan of it does what this one does.
std::optional<CardVerdict> verdict_of(const ExportRequest& request, const ModelCard& card) try {
  if (request.validation.empty()) return {};
  return read_card_verdict(request.validation, "the window's validation", card.plan, card.source_sha256,
                           /*calibration_sha256=*/{});
} catch (const Error&) {
  return {};
}

}  // namespace

WrittenExport write_requested(const ExportRequest& request, const JobControl& control) {
  constexpr double kMegabyte = 1e6;
  auto inputs = request.inputs;
  inputs.push_back(request.checkpoint->path());
  check_outputs({request.path, request.card}, inputs);
  check_writable(request.path);
  if (!request.card.empty()) {
    check_card_place(request.card);
    check_writable(request.card);
  }
  control.at({"reading the checkpoint", 0, 0});
  auto prepared =
      prepare_export(request.checkpoint, request.resolved, request.components, request.format, control.stop);
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

  auto card = card_of(*request.checkpoint, request.resolved, prepared, request.format, request.path);
  if (!request.card.empty()) {
    card.sha256 = hash_of_file(*HeldFile::open(request.path));
    card.measures = measures_of(request, card);
    card.verdict = verdict_of(request, card);
    const auto text = to_markdown(card);
    write_file_atomically(request.card, [&](const ByteSink& sink) { sink(std::as_bytes(std::span(text))); });
  }
  card.file = request.path.string();
  return {total, loading_lines(card), request.card};
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

std::filesystem::path card_beside(const std::filesystem::path& path) {
  auto card = path;
  return card.replace_extension(".md");
}

}  // namespace octet::ui
