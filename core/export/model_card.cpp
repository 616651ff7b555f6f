#include "core/export/model_card.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/export/licence.h"
#include "core/held_file.h"
#include "core/output_place.h"

namespace octet {
namespace {

constexpr std::string_view kMark =
    "<!-- octet export wrote this, and writes it anew. Take this line out where you edit it: then it does "
    "not. "
    "-->";

/// For YAML and Python alike.
std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', /*ensure_ascii=*/false, nlohmann::json::error_handler_t::replace);
}

/// Of a table or a line of text: no line ends, no end of the cell, and no HTML.
std::string plain(std::string_view text) {
  std::string safe;
  for (const char character : text) {
    if (character == '|' || character == '\\' || character == '`' || character == '<' || character == '*' ||
        character == '_')
      safe += '\\';
    safe += static_cast<unsigned char>(character) < ' ' ? ' ' : character;
  }
  return safe;
}

/// Names in code, where nothing but the end of a cell and of the code has a meaning.
std::string code(std::string_view text) {
  std::string safe;
  for (const char character : text) {
    if (character == '|') safe += '\\';
    safe += static_cast<unsigned char>(character) < ' ' || character == '`' ? ' ' : character;
  }
  return "`" + safe + "`";
}

/// A hub knows licences by short names; another text is `other`, and named.
std::string licence_lines(const std::string& licence) {
  if (licence.empty()) return "license: unknown\n";
  auto name = licence;
  std::ranges::transform(name, name.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 'a' - 'A') : c; });
  const bool is_short = name.size() < 40 && std::ranges::all_of(name, [](char c) {
                          return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
                        });
  if (is_short) return fmt::format("license: {}\n", name);
  return fmt::format("license: other\nlicense_name: {}\n", quoted(licence));
}

std::string_view base_model(Variant variant) {
  switch (variant) {
    case Variant::chatterbox:
    case Variant::v3: return "ResembleAI/chatterbox";
    case Variant::meanflow: return "ResembleAI/chatterbox-turbo";
    case Variant::cosyvoice2: return "FunAudioLLM/CosyVoice2-0.5B";
  }
  return {};
}

std::string_view library_of(ExportFormat format) {
  switch (format) {
    case ExportFormat::octet:
    case ExportFormat::comfy: return "octet_s3gen";
    case ExportFormat::stock: return "chatterbox";
    case ExportFormat::compressed_tensors: return "compressed-tensors";
  }
  return {};
}

std::string front_matter(const ModelCard& card) {
  return fmt::format(
      "---\n{}library_name: {}\npipeline_tag: text-to-speech\nbase_model: {}\nbase_model_relation: "
      "quantized\n"
      "tags:\n- s3gen\n- octet\n---\n{}\n\n",
      licence_lines(card.licence), library_of(card.format), base_model(card.variant), kMark);
}

constexpr auto kTts = "# tts is a chatterbox, whatever it was loaded from\n";

/// By upstream's load_state_dict.
std::string strict_loading(const ModelCard& card) {
  const auto file = quoted(card.file);
  if (!card.is_whole) {
    auto text = fmt::format("state = load_file({})\n", file);
    for (const auto& stored : card.stored)
      text += fmt::format(
          "tts.s3gen.{0}.load_state_dict(\n    {{name[{1}:]: value for name, value in state.items() if "
          "name.startswith(\"{0}.\")}}, strict=True\n)\n",
          stored.component, stored.component.size() + 1);
    return text;
  }
  if (card.absent.empty())
    return fmt::format("tts.s3gen.load_state_dict(load_file({}), strict=True)\n", file);
  std::vector<std::string> absent;
  absent.reserve(card.absent.size());
  for (const auto& name : card.absent) absent.push_back(quoted(name));
  return fmt::format(
      "missing, unexpected = tts.s3gen.load_state_dict(load_file({}), strict=False)\n"
      "assert not unexpected and set(missing) <= {{{}}}  # made by the model itself\n",
      file, fmt::join(absent, ", "));
}

/// By compressed-tensors, into modules whose weight norm is folded as in the file.
std::string loading_by_library(const ModelCard& card) {
  return fmt::format(
      R"(import json

from compressed_tensors.compressors import ModelCompressor
from compressed_tensors.quantization import QuantizationConfig, apply_quantization_config
from safetensors import safe_open
from safetensors.torch import load_file
from torch.nn.utils.parametrize import is_parametrized, remove_parametrizations

with safe_open({}, "pt") as file:
    config = QuantizationConfig(**json.loads(file.metadata()["quantization_config"]))
for module in tts.s3gen.modules():
    if is_parametrized(module, "weight"):  # weight norm, folded in the file
        remove_parametrizations(module, "weight")
apply_quantization_config(tts.s3gen, config)
compressor = ModelCompressor(quantization_config=config)
compressor.compress_model(tts.s3gen)
{}compressor.decompress_model(tts.s3gen)
)",
      quoted(card.file), strict_loading(card));
}

std::string how_to_load(const ModelCard& card) {
  auto text = fmt::format("## How to load it\n\n```python\n{}```\n\n", loading_lines(card));
  if (card.variant == Variant::cosyvoice2)
    return text + "Names have the component before them (`flow.`, `mel2wav.`), as chatterbox has them.\n\n";
  switch (card.format) {
    case ExportFormat::octet:
      return text +
             "`tts` is a chatterbox, whatever it was loaded from. `octet_s3gen` is the Python package of "
             "Octet; it "
             "loads all or nothing, and quantizes nothing.\n\n";
    case ExportFormat::comfy:
      return text +
             "`tts` is a chatterbox, `octet_s3gen` the Python package of Octet. Beside each int8 weight are "
             "`weight_scale` and the `comfy_quant` entry that loaders in ComfyUI's manner look for.\n\n";
    case ExportFormat::compressed_tensors:
      return text +
             "`tts` is an unchanged chatterbox in fp32. The library multiplies in floating numbers: int8 "
             "saves "
             "space on disk. To keep it int8 in memory, `octet_s3gen.load` reads this file, too.\n\n";
    case ExportFormat::stock:
      return text +
             "`tts` is an unchanged chatterbox. Weights are rounded as the plan says and stored as fp32: "
             "this file "
             "is to be listened to, and saves no memory.\n\n";
  }
  return text;
}

std::string measures_of(const CardMeasures& measures) {
  auto text = fmt::format("## How far it is from `{}`\n\n| measure | better | this |", measures.reference);
  for (const auto& floor : measures.floors) text += fmt::format(" {} |", plain(floor.name));
  text += "\n|---|---|---:|";
  for (std::size_t i = 0; i < measures.floors.size(); ++i) text += "---:|";
  text += '\n';
  for (const auto& row : measures.rows) {
    text += fmt::format("| {} | {} | {} |", plain(row.measure), plain(row.better), row.value);
    for (const auto& floor : row.floors) text += fmt::format(" {} |", floor);
    text += '\n';
  }
  text += fmt::format("\nMean of {} clip{}{}; {} steps, seed {}, {}.", measures.clips,
                      measures.clips == 1 ? "" : "s, ± its 95 % interval",
                      measures.skipped == 0 ? "" : fmt::format(" ({} left out)", measures.skipped),
                      measures.steps, measures.seed, plain(measures.device));
  for (const auto& floor : measures.floors)
    text += fmt::format(" {}: {} against {}.", plain(floor.name), plain(floor.test), plain(floor.reference));
  return text + " Figures no worse than these are what other noise, or half precision alone, makes.\n\n";
}

/// A verdict of a test that cannot fail is none.
std::string_view control_of(const CardVerdict& verdict) {
  if (!verdict.control_found) return "Whether the same test would find a broken plan was not tried.";
  return *verdict.control_found
             ? "A plan that is bad on purpose was judged beside it, and was found."
             : "**A plan that is bad on purpose was judged beside it, and was not found**: these clips and "
               "measures could not tell a broken plan.";
}

std::string verdict_of(const CardVerdict& verdict) {
  return fmt::format(
      "## Verdict\n\nBy {} clips against every layer in fp32, beside two draws of noise: **{}** (`{}` of "
      "`octet "
      "validate` {}; SHA-256 of its result `{}`). {}\n\n",
      verdict.clips, plain(verdict.said), plain(verdict.verdict), plain(verdict.octet_version),
      verdict.sha256, control_of(verdict));
}

std::string sizes_of(const ModelCard& card) {
  std::string text = "## Size\n\n| component | parameters | int8 layers | bytes |\n|---|---:|---:|---:|\n";
  for (const auto& stored : card.stored) {
    const auto size = std::ranges::find(card.size.components, stored.component, &ComponentSize::component);
    text += fmt::format("| {} | {} | {} | {} |\n", stored.component, size->parameters, size->int8_layers,
                        stored.bytes);
  }
  const auto total = card.size.total();
  return text +
         fmt::format("| whole file | {} | {} | {} |\n\n", total.parameters, total.int8_layers, card.bytes);
}

std::string row(const std::string& layers, std::string_view type, const Choice& choice) {
  std::string how(to_string(choice.precision));
  if (choice.method != Method::weight_only) how += fmt::format(" {}", to_string(choice.method));
  if (!choice.options.empty()) how += fmt::format(" {}", code(choice.options));
  if (choice.force) how += ", forced";
  return fmt::format("| {} | {} | {} | {} |\n", code(layers), type, how, plain(choice.reason));
}

std::string rules_of(const ModelCard& card) {
  const auto& plan = card.plan;
  auto text = fmt::format("## What is stored how\n\nPlan {}. ", code(plan.name));
  if (plan.rules.empty() && plan.layers.empty())
    return text + fmt::format("All is {}.\n\n", to_string(plan.base));
  text += fmt::format("The last row that fits a layer wins; all else is {}.", to_string(plan.base));
  if (card.kept > 0)
    text += fmt::format(
        " Of the layers that a row fits, {} {} in another type: protected, without a matrix, or of a method "
        "that this Octet has not.",
        card.kept, card.kept == 1 ? "is kept" : "are kept");
  text += "\n\n| layers | type | stored as | reason |\n|---|---|---|---|\n";
  for (const auto& rule : plan.rules)
    text += row(rule.match, rule.type ? to_string(*rule.type) : "any", rule.choice);
  for (const auto& [layer, choice] : plan.layers) text += row(layer, "this one", choice);
  return text + '\n';
}

}  // namespace

ModelCard card_of(const Checkpoint& source, const ResolvedPlan& resolved, const Export& prepared,
                  ExportFormat format, const std::filesystem::path& path) {
  ModelCard card{.file = path.filename().string(),
                 .format = format,
                 .plan = resolved.plan,
                 .variant = source.variant(),
                 .stored = bytes_of_components(prepared),
                 .absent = source.absent(),
                 .bytes = predicted_export_bytes(prepared),
                 .source_sha256 = source.source_sha256(),
                 .licence = licence_of(source.metadata())};
  std::vector<std::string> components;
  components.reserve(card.stored.size());
  for (const auto& stored : card.stored) components.push_back(stored.component);
  card.size = plan_size(source.layers(), resolved, components);
  card.is_whole = components.size() == source.components().size();
  for (std::size_t i = 0; i < source.layers().size(); ++i) {
    const auto& [requested, effective, reason] = resolved.layers[i];
    card.kept += requested != effective &&
                 std::ranges::find(components, source.layers()[i].component) != components.end();
  }
  return card;
}

std::string loading_lines(const ModelCard& card) {
  const auto file = quoted(card.file);
  if (card.variant == Variant::cosyvoice2)
    return fmt::format("from safetensors.torch import load_file\n\nstate = load_file({})\n", file);
  switch (card.format) {
    case ExportFormat::octet:
    case ExportFormat::comfy:
      return fmt::format("import octet_s3gen\n\n{}print(octet_s3gen.load(tts.s3gen, {}))\n", kTts, file);
    case ExportFormat::stock:
      return fmt::format("from safetensors.torch import load_file\n\n{}{}", kTts, strict_loading(card));
    case ExportFormat::compressed_tensors: return loading_by_library(card);
  }
  return {};
}

std::string to_markdown(const ModelCard& card) {
  auto text = front_matter(card) + fmt::format("# {}\n\n", plain(card.file));
  text += fmt::format(
      "S3Gen ({}), which makes sound of speech tokens, with its weights as the plan {} of Octet stores "
      "them.\n\n",
      to_string(card.variant), code(card.plan.name));
  text += how_to_load(card);
  if (card.verdict) text += verdict_of(*card.verdict);
  if (card.measures) text += measures_of(*card.measures);
  text += sizes_of(card) + rules_of(card);
  text += fmt::format(
      "## Where it comes from\n\n| file | SHA-256 |\n|---|---|\n| {} | `{}` |\n| the original | `{}` |\n",
      plain(card.file), card.sha256, card.source_sha256);
  if (card.licence.empty())
    text +=
        "\nThe original does not name its licence; whatever it was published under holds for this file, "
        "too.\n";
  else
    text += fmt::format("\nLicence of the original, as it names it: {}.\n", plain(card.licence));
  return text;
}

bool is_written_card(std::string_view text) {
  return text.starts_with("---\n") && text.find(fmt::format("\n---\n{}\n", kMark)) != std::string_view::npos;
}

void check_card_place(const std::filesystem::path& path) {
  const auto place = find_output_place(path);
  if (place.kind != OutputPlace::Kind::file || !std::filesystem::exists(place.path)) return;
  if (!is_written_card(HeldFile::open(place.path)->text()))
    throw Error(ErrorKind::usage, path.string() + " is there, and no card that octet export wrote",
                "name another file, or remove it");
}

}  // namespace octet
