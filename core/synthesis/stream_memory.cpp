#include "core/synthesis/stream_memory.h"

#include <fmt/format.h>

#include "core/error.h"
#include "core/kernels/gpu_footprint.h"
#include "core/plan/size.h"
#include "core/synthesis/built_in_request.h"
#include "core/synthesis/engine.h"

namespace octet {
namespace {

const std::vector<std::string> kSpeaking{"flow", "mel2wav"};

std::string name_of(const ResolvedPlan& plan) {
  return fmt::format("{} {}", plan.plan.name, to_string(plan.plan.base));
}

std::uint64_t stored_bytes(const Checkpoint& checkpoint, const ResolvedPlan& plan) {
  return plan_size(checkpoint.layers(), plan, kSpeaking).total().bytes;
}

/// In an engine of its own: recorded work and kept blocks of one case are none of the next.
StreamMemory measure(const std::shared_ptr<const Checkpoint>& checkpoint, const ResolvedPlan& plan,
                     Device device, double seconds, int clips, const std::stop_token& stop) try {
  const GpuFootprintMeter meter(device);
  const Engine engine(checkpoint, device);
  const auto model = engine.bind(plan);
  std::vector<SynthesisRequest> requests(
      static_cast<std::size_t>(clips),
      built_in_request(engine, tokens_in(kStreamPromptSeconds), tokens_in(seconds)));
  for (std::size_t i = 0; i < requests.size(); ++i) requests[i].seed = i;
  // Twice, as a service: the first records, the second runs what was recorded.
  for (int round = 0; round < 2; ++round) (void)engine.synthesize(*model, requests, {stop, {}});
  const auto taken = meter.measured();
  return {seconds,         clips,          resident_weight_bytes(*model),
          taken.allocated, taken.reserved, engine.graph_bytes(),
          taken.beside};
} catch (const Error& error) {
  if (error.kind() != ErrorKind::device) throw;
  StreamMemory none{seconds, clips};
  none.failed = error.what();
  return none;
}

}  // namespace

StreamMeasures measure_streams(const std::shared_ptr<const Checkpoint>& checkpoint,
                               const std::vector<ResolvedPlan>& plans, Device device,
                               const JobControl& control) {
  if (device.kind == Device::Kind::cpu)
    throw Error(ErrorKind::device, "memory of a GPU is measured on one, and this is the CPU",
                "measure where there is one, with --json, and give that file here");
  StreamMeasures measures{describe(device), {}};
  const auto count = static_cast<int>(plans.size() * kStreamSeconds.size() * kStreamClips.size());
  int done = 0;
  for (const auto& plan : plans) {
    PlanStreams streams{name_of(plan), stored_bytes(*checkpoint, plan), {}};
    for (const double seconds : kStreamSeconds)
      for (const int clips : kStreamClips) {
        control.at({"measuring streams", done++, count});
        streams.cases.push_back(measure(checkpoint, plan, device, seconds, clips, control.stop));
      }
    measures.plans.push_back(std::move(streams));
  }
  return measures;
}

StreamMeasures streams_of(const StreamMeasures& measures, const Checkpoint& checkpoint,
                          const std::vector<ResolvedPlan>& plans, std::string_view origin) {
  StreamMeasures chosen{measures.device, {}};
  for (const auto& plan : plans) {
    const auto name = name_of(plan);
    const auto bytes = stored_bytes(checkpoint, plan);
    const PlanStreams* found = nullptr;
    bool named = false;
    for (const auto& measured : measures.plans) {
      if (measured.plan != name) continue;
      named = true;
      if (measured.stored_bytes == bytes) found = &measured;
    }
    if (!found)
      throw Error(ErrorKind::input,
                  named ? fmt::format("{}: flow and vocoder that it measured under {} have not the {} bytes "
                                      "that this checkpoint's have",
                                      origin, name, bytes)
                        : fmt::format("{}: it measured no plan {}", origin, name),
                  "measure this one on a GPU: octet plan streams CKPT --plan PLAN --json > FILE");
    chosen.plans.push_back(*found);
  }
  return chosen;
}

StreamFit streams_that_fit(const StreamMemory& measured, double gigabytes, std::uint64_t others) {
  const auto all = static_cast<std::uint64_t>(gigabytes * 1e9);
  const auto process = measured.process_bytes();
  if (!measured.failed.empty() || process == 0 || all < others || all - others < process) return {};
  return {static_cast<int>((all - others) / process) * measured.clips, all - others - process};
}

}  // namespace octet
