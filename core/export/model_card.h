#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/export/card_measures.h"
#include "core/export/card_verdict.h"
#include "core/export/exporter.h"

namespace octet {

/// What a model card tells of an export.
struct ModelCard {
  std::string file = {};  ///< the export's name, without folders
  ExportFormat format = ExportFormat::octet;
  PrecisionPlan plan = {};
  int kept = 0;  ///< layers that a rule asks for, but that are protected
  Variant variant = Variant::chatterbox;
  PlanSize size = {};                       ///< of the components in the file
  std::vector<ComponentBytes> stored = {};  ///< their bytes in it
  bool is_whole = true;                     ///< has all components that the source has
  std::vector<std::string> absent = {};     ///< tensors that upstream's model makes itself
  std::uint64_t bytes = 0;                  ///< of the whole file
  std::string sha256 = {};                  ///< of the whole file
  std::string source_sha256 = {};
  std::string licence = {};  ///< as the source's metadata has it; empty when it says none
  std::optional<CardMeasures> measures = {};
  std::optional<CardVerdict> verdict = {};
};

/// The card of an export for a file at `path`, which need not be there: without its hash.
ModelCard card_of(const Checkpoint& source, const ResolvedPlan& resolved, const Export& prepared,
                  ExportFormat format, const std::filesystem::path& path);

/// A hub's README.md: YAML front matter, then Markdown: how to load the file, measures beside their floors,
/// sizes, what is stored how and why, where it comes from. The same card gives the same text: no time, path,
/// host or version of Octet.
std::string to_markdown(const ModelCard& card);

/// The lines of Python that load the file in a chatterbox called `tts`.
std::string loading_lines(const ModelCard& card);

/// Whether a text is a card that to_markdown wrote, and that nobody made their own by taking its mark out.
bool is_written_card(std::string_view text);

/// Before work that takes long: throws Error(usage) where a file is at `path` that is_written_card does not
/// know: a README.md that a person wrote is not lost.
void check_card_place(const std::filesystem::path& path);

}  // namespace octet
