#include "core/export/verify.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "core/checkpoint/components.h"
#include "core/checkpoint/read_weight.h"
#include "core/export/exporter.h"
#include "core/kernels/arithmetic.h"
#include "core/quant/stored_parts.h"
#include "core/s3gen/format.h"
#include "core/synthesis/built_in_request.h"
#include "core/synthesis/engine.h"
#include "core/torch_errors.h"

namespace octet {
namespace {

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= list.size();) {
    const auto end = std::min(list.find(',', begin), list.size());
    parts.push_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

/// Empty when all is well, else the first tensor that is wrong and how.
std::string first_bad_tensor(const Checkpoint& checkpoint, const ResolvedPlan& resolved,
                             const JobControl& control) {
  const auto& layers = checkpoint.layers();
  for (std::size_t i = 0; i < layers.size(); ++i) {
    control.at({"checking tensors", static_cast<int>(i), static_cast<int>(layers.size())});
    for (const auto& part : parts_of(layers[i], resolved.layers[i].effective)) {
      if (!checkpoint.has(part.name)) return part.name + " is missing";
      if (const auto stored = checkpoint.tensor(part.name).dtype; stored != part.dtype)
        return fmt::format("{} is {}; its plan says {}", part.name, to_string(stored), to_string(part.dtype));
    }
    for (const auto& tensor : layers[i].tensors)
      if (auto fault = fault_of(checkpoint, layers[i], tensor); !fault.empty()) return fault;
  }
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
  if (!exported->metadata().contains("octet_plan"))
    throw Error(ErrorKind::input,
                path.string() + " is not an export of Octet: its metadata has no octet_plan",
                "octet inspect shows what it is");
  const auto plan = stored_plan(exported->layers(), exported->metadata());
  const auto resolved = resolve(plan, exported->layers());

  Verification verification{exported, {}, {}};
  const auto note = [&](const std::string& what, const std::string& fault, const std::string& fine) {
    verification.checks.push_back({what, fault.empty(), fault.empty() ? fine : fault});
  };
  note("tensors", first_bad_tensor(*exported, resolved, control),
       fmt::format("{} layers are as the plan says", exported->layers().size()));
  if (source) {
    const auto sha = source->source_sha256();
    note("source", exported->source_sha256() == sha ? "" : "the export was made from another file",
         "sha256 " + sha);
    const auto expected = prepare_export(source, resolve(plan, source->layers()),
                                         split(exported->metadata().at("octet_components")));
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
    if (source && fault.empty())
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
