#include "core/export/verify.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "core/checkpoint/components.h"
#include "core/checkpoint/read_weight.h"
#include "core/export/compressed_tensors.h"
#include "core/export/exporter.h"
#include "core/kernels/arithmetic.h"
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

/// A second of speech.
Synthesis speak(const std::shared_ptr<const Checkpoint>& checkpoint, const PrecisionPlan& plan, Device device,
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
                           Device device, const JobControl& control) try {
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
  if (source) {
    const auto sha = source->source_sha256();
    note("source", origin.source_sha256 == sha ? "" : "the export was made from another file",
         "sha256 " + sha);
    const auto expected =
        prepare_export(source, resolve(origin.plan, source->layers()), origin.components, origin.format);
    note("bytes", first_differing_tensor(*exported, expected, control),
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
      spoken = speak(exported, plan, device, control);
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
           spoken.waveform == speak(source, plan, device, control).waveform
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
