#include "core/export/verify.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "core/checkpoint/calibration.h"
#include "core/checkpoint/components.h"
#include "core/checkpoint/read_weight.h"
#include "core/export/compressed_tensors.h"
#include "core/export/exporter.h"
#include "core/kernels/arithmetic.h"
#include "core/quant/methods.h"
#include "core/s3gen/format.h"
#include "core/synthesis/built_in_request.h"
#include "core/synthesis/engine.h"
#include "core/torch_errors.h"

namespace octet {
namespace {

/// Empty when all is well, else the first tensor that is wrong and how.
std::string first_bad_tensor(const std::shared_ptr<const Checkpoint>& exported, ExportFormat format,
                             const ResolvedPlan& resolved, const JobControl& control) {
  const auto& checkpoint = *exported;
  const auto& layers = checkpoint.layers();
  for (std::size_t i = 0; i < layers.size(); ++i) {
    control.at({"checking tensors", static_cast<int>(i), static_cast<int>(layers.size())});
    for (const auto& tensor : tensors_of(format, {exported, layers[i], resolved.layers[i].effective})) {
      if (!checkpoint.has(tensor.name)) return tensor.name + " is missing";
      if (const auto stored = checkpoint.tensor(tensor.name).dtype; stored != tensor.dtype)
        return fmt::format("{} is {}; its plan says {}", tensor.name, to_string(stored),
                           to_string(tensor.dtype));
    }
    for (const auto& tensor : layers[i].tensors)
      if (auto fault = fault_of(checkpoint, layers[i], tensor); !fault.empty()) return fault;
  }
  return {};
}

/// Empty when what the compressed-tensors library is told fits the layers.
std::string fault_of_config(const Checkpoint& exported) {
  const auto& metadata = exported.metadata();
  const auto said = metadata.find("quantization_config");
  if (said == metadata.end()) return "quantization_config is missing in the metadata";
  const auto schemes = metadata.find("octet_layers");
  if (schemes == metadata.end()) return "octet_layers is missing in the metadata";
  if (said->second != quantization_config(parse_schemes(schemes->second)))
    return "quantization_config in the metadata does not fit the layers";
  return {};
}

/// Empty when the file is what `source` gives, else the first tensor that differs.
std::string first_differing_tensor(const Checkpoint& checkpoint, const Export& expected,
                                   const JobControl& control) {
  int done = 0;
  for (const auto& tensor : expected.tensors) {
    control.at({"comparing with the source", done++, static_cast<int>(expected.tensors.size())});
    if (!checkpoint.has(tensor.name)) return tensor.name + " is missing";
    const auto stored = checkpoint.tensor(tensor.name);
    if (stored.dtype != tensor.dtype || stored.shape != tensor.shape)
      return tensor.name + " has another type or shape";
    const auto bytes = stored.read();
    std::size_t offset = 0;
    bool equal = true;
    tensor.produce([&](std::span<const std::byte> piece) {
      equal = equal && offset + piece.size() <= bytes.size() &&
              std::memcmp(bytes.data() + offset, piece.data(), piece.size()) == 0;
      offset += piece.size();
    });
    if (!equal || offset != bytes.size()) return tensor.name + " differs from what the source gives";
  }
  return {};
}

/// Throws where a layer was made with another calibration than it is to be compared under.
void require_calibration(const Checkpoint& exported, const ResolvedPlan& resolved, const Checkpoint& source,
                         const ResolvedPlan& expected) {
  std::map<std::string_view, const Recipe*> expected_of;
  for (std::size_t i = 0; i < source.layers().size(); ++i)
    expected_of[source.layers()[i].name] = &expected.layers[i].effective;
  for (std::size_t i = 0; i < exported.layers().size(); ++i) {
    const auto& recipe = resolved.layers[i].effective;
    const auto found = expected_of.find(exported.layers()[i].name);
    if (!needs_calibration(recipe) || found == expected_of.end()) continue;
    const auto made_with = calibration_of(recipe);
    if (calibration_of(*found->second) == made_with) continue;
    throw Error(ErrorKind::usage,
                fmt::format("{} was made with the calibration whose SHA-256 is {}", exported.path().string(),
                            made_with),
                "give it: --calibration FILE");
  }
}

/// Of files that do not say which calibration they were made with (stock): why they may differ.
std::string lack_of_calibration(const ResolvedPlan& expected) {
  const bool lacking =
      !expected.calibration && std::ranges::any_of(expected.layers, [](const Resolution& layer) {
        return needs_calibration(layer.requested) && layer.effective.storage != Precision::int8;
      });
  return lacking ? "; its plan has layers that need the calibration it was made with: --calibration FILE"
                 : "";
}

/// A second of speech.
Synthesis speak(const std::shared_ptr<const Checkpoint>& checkpoint, const ResolvedPlan& plan, Device device,
                const JobControl& control) {
  const Engine engine(checkpoint, device);
  auto request = built_in_request(engine, /*prompt_tokens=*/10, /*tokens=*/25);
  request.steps = 2;
  return engine.synthesize(*engine.bind(plan), request, control);
}

}  // namespace

bool Verification::passed() const {
  return std::ranges::all_of(checks, [](const auto& check) { return check.passed; });
}

Verification verify_export(const std::filesystem::path& path, const std::shared_ptr<const Checkpoint>& source,
                           Device device, const JobControl& control,
                           const std::shared_ptr<const Calibration>& calibration) try {
  configure_arithmetic(device.threads);
  const auto exported = Checkpoint::open(path);
  const auto origin = origin_of(*exported);
  // A stock file holds values as the plan left them, all in fp32.
  const auto plan = stored_plan(exported->layers(), exported->metadata());
  const auto resolved = resolve(plan, exported->layers());

  Verification verification{exported, origin.plan.name, {}, {}};
  const auto note = [&](const std::string& what, const std::string& fault, const std::string& fine) {
    verification.checks.push_back({what, fault.empty(), fault.empty() ? fine : fault});
  };
  note("tensors", first_bad_tensor(exported, origin.format, resolved, control),
       fmt::format("{} layers are as the plan says", exported->layers().size()));
  if (origin.format == ExportFormat::compressed_tensors)
    note("config", fault_of_config(*exported), "quantization_config names the int8 layers");
  ResolvedPlan expected_plan;  // of the source
  if (source) {
    const auto sha = source->source_sha256();
    note("source", origin.source_sha256 == sha ? "" : "the export was made from another file",
         "sha256 " + sha);
    expected_plan = resolve(origin.plan, source->layers(), calibration);
    require_calibration(*exported, resolved, *source, expected_plan);
    const auto expected =
        prepare_export(source, expected_plan, origin.components, origin.format, control.stop);
    auto difference = first_differing_tensor(*exported, expected, control);
    if (!difference.empty()) difference += lack_of_calibration(expected_plan);
    note("bytes", difference,
         fmt::format("{} tensors equal the source under the plan", expected.tensors.size()));
  }

  if (exported->variant() == Variant::cosyvoice2)
    verification.not_spoken = "speech is not made from CosyVoice2's files";
  else if (!has_component(*exported, "flow") || !has_component(*exported, "mel2wav"))
    verification.not_spoken = "speech needs flow and mel2wav, which are not both in the file";
  else if (!verification.passed())
    verification.not_spoken = "a check before it failed";
  if (verification.not_spoken.empty()) {
    std::string fault;
    Synthesis spoken;
    try {
      spoken = speak(exported, resolved, device, control);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::input) throw;
      fault = error.what();
    }
    note("synthesis", fault,
         fmt::format("{:.2f} s from the file alone",
                     static_cast<double>(spoken.waveform.size()) / s3gen::kSampleRate));
    // What a stock file rounds is computed with in fp32, and so sounds a little other than the plan.
    if (source && fault.empty() && origin.format != ExportFormat::stock)
      note("waveform",
           spoken.waveform == speak(source, expected_plan, device, control).waveform
               ? ""
               : "the waveform differs from that of the source under the plan",
           "bit-identical to the source under the plan" +
               (source->unexpected().empty()
                    ? ""
                    : fmt::format(", of whose tensors {} are not used", source->unexpected().size())));
  }
  return verification;
} catch (...) {
  rethrow_as_error();
}

}  // namespace octet
