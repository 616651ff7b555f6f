#include "core/synthesis/self_check.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "core/kernels/arithmetic.h"
#include "core/kernels/dequantize.h"
#include "core/kernels/torch_types.h"
#include "core/ops/layer_ops.h"
#include "core/quant/int8_weight_only.h"
#include "core/s3gen/format.h"
#include "core/synthesis/engine.h"
#include "core/synthesis/host_tensors.h"
#include "core/synthesis/kernel_checks.h"
#include "core/torch_errors.h"

namespace octet {
namespace {

struct Operation {
  const char* name;
  Shape input;
  Shape weight;
  int channel_axis;
  std::function<Op(const Weight&)> prepare;
};

std::vector<Operation> operations() {
  return {
      {"Linear", {2, 100, 256}, {1024, 256}, 0, [](const auto& w) { return prepare_linear(w, {}); }},
      {"Conv1d",
       {1, 64, 500},
       {48, 64, 7},
       0,
       [](const auto& w) { return prepare_conv1d(w, {}, {.padding = 9, .dilation = 3}); }},
      {"grouped Conv1d",
       {1, 64, 500},
       {64, 1, 31},
       0,
       [](const auto& w) { return prepare_conv1d(w, {}, {.padding = 15, .groups = 64}); }},
      {"ConvTranspose1d",
       {1, 64, 100},
       {64, 32, 16},
       1,
       [](const auto& w) { return prepare_conv_transpose1d(w, {}, {.stride = 8, .padding = 4}); }},
      {"Conv2d", {1, 8, 80, 60}, {16, 8, 3, 3}, 0, [](const auto& w) { return prepare_conv2d(w, 2, 1); }},
  };
}

struct Type {
  const char* name;
  at::ScalarType dtype;
  double bound;  // rounding of inputs, weights and outputs; fp32: another order of summation
};

constexpr Type kTypes[] = {
    {"fp32", at::kFloat, 1e-5}, {"bf16", at::kBFloat16, 1e-2}, {"fp16", at::kHalf, 2e-3}};

void check_operations(at::Device device, std::vector<SelfCheck>& checks) {
  const auto generator = at::detail::createCPUGenerator(7);
  for (const auto& operation : operations()) {
    const auto x = at::randn(operation.input, generator, at::kFloat);
    const auto int8 =
        quantize_int8(at::randn(operation.weight, generator, at::kFloat), operation.channel_axis);
    const Int8Weight there{int8.values.to(device), int8.scale.to(device)};
    const auto run = [&](const Weight& weight, const at::Tensor& input) {
      return (*operation.prepare(weight))(input, {.device = input.device()});
    };
    for (const auto& type : kTypes) {
      const auto name = fmt::format("{} {}", operation.name, type.name);
      const auto dense = dequantize(int8, type.dtype);
      checks.push_back({name + " dequantized, bytes",
                        at::equal(dequantize(there, type.dtype).cpu(), dense) ? 0.0 : 1.0, 0});
      const auto reference = run(int8, x);
      checks.push_back({name + ", int8 weight",
                        relative_distance(run(there, x.to(device, type.dtype)), reference), type.bound});
      checks.push_back(
          {name + ", dense weight",
           relative_distance(run(DenseWeight{dense.to(device)}, x.to(device, type.dtype)), reference),
           type.bound});
    }
  }
}

/// Dequantizes on `device` while another GPU is the current one.
void check_other_current_gpu(Device device, std::vector<SelfCheck>& checks) {
  SelfCheck check{"dequantized beside another current GPU, bytes", 0, 0};
  if (device.kind == Device::Kind::cpu || gpu_count() < 2) {
    check.skipped = "needs two GPUs";
    return checks.push_back(std::move(check));
  }
  const auto generator = at::detail::createCPUGenerator(7);
  const auto int8 = quantize_int8(at::randn({64, 32, 16}, generator, at::kFloat), /*channel_axis=*/1);
  const auto there = torch_device(device);
  const Int8Weight moved{int8.values.to(there), int8.scale.to(there)};
  const auto other = static_cast<c10::DeviceIndex>(device.index == 0 ? 1 : 0);
  const c10::DeviceGuard current(at::Device(at::kCUDA, other));
  for (const auto& type : kTypes)
    if (!at::equal(dequantize(moved, type.dtype).cpu(), dequantize(int8, type.dtype))) check.error = 1;
  checks.push_back(std::move(check));
}

Sound backwards(Sound sound) {
  std::ranges::reverse(sound.samples);
  return sound;
}

/// Over and over, until it is so long.
Sound repeated(Sound sound, double seconds) {
  const auto once = sound.samples;
  while (sound.seconds() < seconds) sound.samples.insert(sound.samples.end(), once.begin(), once.end());
  return sound;
}

/// Clips that are not equally long, at once and each alone, in two orders: what is recorded for the first has
/// the shape of the second, and other lengths.
void check_batch(const Engine& engine, const PrecisionPlan& plan, const SynthesisRequest& longest,
                 const JobControl& control, std::vector<SelfCheck>& checks) {
  const bool exact = plan.base == Precision::fp32;
  const auto model = engine.bind(plan);
  std::vector<SynthesisRequest> clips(4, longest);
  for (std::size_t i = 0; i < clips.size(); ++i) {
    clips[i].noise.clear();
    clips[i].seed = i;
  }
  clips[1].tokens.resize(clips[1].tokens.size() / 2);
  clips[2].tokens.resize(1);
  clips[3].voice.prompt_token.resize(clips[3].voice.prompt_token.size() / 3);
  clips[3].voice.prompt_feat.resize(2 * s3gen::kMelBands * clips[3].voice.prompt_token.size());
  std::vector<Synthesis> alone;
  alone.reserve(clips.size());
  for (const auto& clip : clips) alone.push_back(engine.synthesize(*model, clip, control));
  for (const auto* order : {"", ", reversed"}) {
    const auto together = engine.synthesize(*model, clips, control);
    // Sums of another order; bf16 rounds them otherwise. Later steps make more of it, as of all.
    for (const auto& [stage, bound] : {std::pair{"encoder_out", exact ? 1e-5 : 2e-2},
                                       {"mel_step_1", exact ? 1e-5 : 2e-2},
                                       {"mel", exact ? 1e-3 : 3e-2}}) {
      SelfCheck check{
          fmt::format("{} {}, four clips at once{}: {}", plan.name, to_string(plan.base), order, stage), 0,
          bound};
      for (std::size_t i = 0; i < clips.size(); ++i)
        check.error = std::max(check.error, relative_distance(to_torch(together[i].stages.at(stage)),
                                                              to_torch(alone[i].stages.at(stage))));
      checks.push_back(check);
    }
    std::ranges::reverse(clips);
    std::ranges::reverse(alone);
  }
}

void check_stages(Device device, const std::filesystem::path& demo_voice, const JobControl& control,
                  std::vector<SelfCheck>& checks) {
  const auto checkpoint = Checkpoint::open(demo_voice / "s3gen_demo.safetensors");
  const auto clip = read_sound(demo_voice / "clips" / "ref00_en_f_nora.wav");
  const auto fp32 = preset("all-base", Precision::fp32, false),
             bf16 = preset("all-base", Precision::bf16, false), seed = preset("seed", Precision::bf16, false);
  const Engine cpu(checkpoint, Device{.threads = device.threads}), there(checkpoint, device);
  const auto cpu_model = cpu.bind(fp32), model = there.bind(fp32);

  const auto floats = [](const std::vector<float>& values) { return at::tensor(values); };
  // The second is as long as the first: what was recorded hears it anew. The third takes several windows.
  for (const auto& [what, sound] :
       {std::pair{"", clip}, {", backwards", backwards(clip)}, {", 40 s", repeated(clip, 40)}}) {
    const auto check = [&](const char* name, double error, double bound) {
      checks.push_back({name + std::string(what), error, bound});
    };
    const auto same = [](const auto& a, const auto& b) { return a == b ? 0.0 : 1.0; };
    check("speech tokens, ids",
          same(there.tokenize(*model, sound, control), cpu.tokenize(*cpu_model, sound, control)), 0);
    const auto here = cpu.condition(*cpu_model, sound, control);
    const auto voice = there.condition(*model, sound, control),
               again = there.condition(*model, sound, control);
    check("prompt tokens, ids", same(voice.prompt_token, here.prompt_token), 0);
    check("prompt_feat", relative_distance(floats(voice.prompt_feat), floats(here.prompt_feat)), 1e-5);
    check("embedding", relative_distance(floats(voice.embedding), floats(here.embedding)), 1e-4);
    check("same voice, bytes",
          std::max(same(voice.embedding, again.embedding), same(voice.prompt_feat, again.prompt_feat)), 0);
  }
  checks.push_back({"embedding of a voice in bf16",
                    relative_distance(floats(there.condition(*there.bind(bf16), clip, control).embedding),
                                      floats(cpu.condition(*cpu_model, clip, control).embedding)),
                    0.03});

  SynthesisRequest request;
  request.tokens = cpu.tokenize(*cpu_model, clip, control);
  request.voice = cpu.condition(*cpu_model, clip, control);
  request.keep_stages = true;

  const auto reference = cpu.synthesize(*cpu_model, request, control);
  request.noise["source"] = reference.stages.at("source");
  const auto compare = [&](const std::string& what, const Synthesis& test, const Synthesis& against,
                           std::initializer_list<const char*> stages, double bound) {
    for (const auto* name : stages)
      checks.push_back({fmt::format("{}: {}", what, name),
                        relative_distance(to_torch(test.stages.at(name)), to_torch(against.stages.at(name))),
                        bound});
  };
  const auto before_vocoder = {"encoder_out", "mel_step_1", "mel", "f0"};
  const auto exact = there.synthesize(*model, request, control);
  compare("fp32 against CPU", exact, reference, {"encoder_out", "mel_step_1"}, 1e-5);
  // Each step enlarges what the one before is off by, and the vocoder makes a phase of it: several times what
  // eight draws of noise show (docs/benchmarks.md). The vocoder's own error is told apart below.
  compare("fp32 against CPU", exact, reference, {"mel", "f0"}, 1e-3);
  compare("fp32 against CPU", exact, reference, {"waveform"}, 2e-2);
  // Several times what is seen (docs/benchmarks.md): a silently wrong cast is ten times that.
  compare("bf16 against fp32", there.synthesize(*there.bind(bf16), request, control), exact, before_vocoder,
          0.03);
  compare("seed plan against fp32", there.synthesize(*there.bind(seed), request, control), exact,
          before_vocoder, 0.03);
  // Vocoders of the same mel and source.
  auto bf16_vocoder = fp32;
  bf16_vocoder.rules.push_back({.match = "mel2wav.*", .choice = {.precision = Precision::bf16}});
  compare("bf16 vocoder against fp32", there.synthesize(*there.bind(bf16_vocoder), request, control), exact,
          {"waveform"}, 0.04);
  {
    const c10::InferenceMode inference;
    check_vocoder(checkpoint, device, to_torch(reference.stages.at("mel")),
                  to_torch(reference.stages.at("source")), checks);
  }
  const auto same = [](const Synthesis& a, const Synthesis& b) {
    return a.waveform == b.waveform ? 0.0 : 1.0;
  };
  for (const auto& plan : {fp32, bf16, seed}) {
    const auto bound = there.bind(plan);
    checks.push_back(
        {fmt::format("{} {}: same request, bytes", plan.name, to_string(plan.base)),
         same(there.synthesize(*bound, request, control), there.synthesize(*bound, request, control)), 0});
  }
  for (const auto& plan : {fp32, bf16, seed}) check_batch(there, plan, request, control, checks);
  const auto int8_vocoder = preset("vocoder-only", Precision::fp32, false);
  compare("int8 vocoder against fp32", there.synthesize(*there.bind(int8_vocoder), request, control), exact,
          {"waveform"}, 0.3);
}

}  // namespace

std::vector<SelfCheck> check_device(Device device, const std::filesystem::path& demo_voice,
                                    const JobControl& control) {
  return translating_torch_errors([&] {
    std::vector<SelfCheck> checks;
    {
      configure_arithmetic(device.threads);
      const c10::InferenceMode inference;
      check_operations(torch_device(device), checks);
      check_other_current_gpu(device, checks);
      check_counted_noise(torch_device(device), checks);
      check_row_operations(torch_device(device), checks);
      check_recordings(device, checks);
    }
    check_stages(device, demo_voice, control, checks);
    return checks;
  });
}

}  // namespace octet
