#include "core/synthesis/tensor_inputs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>

#include "core/checkpoint/pt_writer.h"
#include "core/checkpoint/safetensors_writer.h"
#include "core/checkpoint/tensor_file.h"
#include "core/synthesis/input_file.h"
#include "core/torch_errors.h"

namespace octet {
namespace {

/// How a voice's tensors are called: by Chatterbox (in conds.pt below `gen.`), by CosyVoice2 in spk2info.pt
/// (below the speaker's name).
struct VoiceNames {
  std::string token, feat, embedding;
};

const std::array<VoiceNames, 2>& spellings() {
  static const std::array<VoiceNames, 2> kSpellings{
      VoiceNames{"prompt_token", "prompt_feat", "embedding"},
      VoiceNames{"flow_prompt_speech_token", "prompt_speech_feat", "flow_embedding"}};
  return kSpellings;
}

/// All voices in a file, by what stands before the names of their tensors.
std::map<std::string, VoiceNames> voices_in(const std::vector<std::string>& names) {
  std::map<std::string, VoiceNames> voices;
  for (const auto& name : names)
    for (const auto& spelling : spellings()) {
      if (name != spelling.token && !name.ends_with("." + spelling.token)) continue;
      const auto prefix = name.substr(0, name.size() - spelling.token.size());
      voices.emplace(prefix, VoiceNames{name, prefix + spelling.feat, prefix + spelling.embedding});
    }
  return voices;
}

VoiceNames only_voice(const InputFile& file) {
  const auto names = file.names();
  const auto voices = voices_in(names);
  if (voices.empty())
    file.fail(fmt::format("holds no voice: no tensor prompt_token, but {}", listed(names)),
              "a voice is prompt_token, prompt_feat and embedding, as octet synth --save-conds writes them");
  if (voices.size() == 1) return voices.begin()->second;
  std::vector<std::string> speakers;
  speakers.reserve(voices.size());
  for (const auto& [prefix, voice] : voices) speakers.push_back(prefix.substr(0, prefix.find_last_of('.')));
  file.fail(fmt::format("holds {} voices: {}", speakers.size(), listed(speakers)),
            "save the one that is meant: torch.save(torch.load(path)[name], \"voice.pt\")");
}

/// `tensor` without a leading batch axis of 1.
HostTensor first_of_batch(HostTensor tensor) {
  if (tensor.shape.size() > 1 && tensor.shape[0] == 1) tensor.shape.erase(tensor.shape.begin());
  return tensor;
}

}  // namespace

VoiceFile read_conditioning(const std::filesystem::path& path) try {
  const InputFile file(open_tensor_file(path));
  const auto names = only_voice(file);
  VoiceFile result;
  result.voice.prompt_token = file.whole_ids(names.token);

  const auto feat = first_of_batch(file.floats(names.feat));
  if (feat.shape.size() != 2 || feat.shape[1] != 80)
    file.fail(fmt::format("tensor {} must be [1,F,80], not {}", names.feat, fmt::join(feat.shape, "x")));
  result.voice.prompt_feat = std::get<0>(feat.values);

  const auto embedding = first_of_batch(file.floats(names.embedding));
  if (embedding.shape.size() != 1)
    file.fail(
        fmt::format("tensor {} must be [1,E], not {}", names.embedding, fmt::join(embedding.shape, "x")));
  result.voice.embedding = std::get<0>(embedding.values);

  result.notices = file.unused({names.token, names.feat, names.embedding});
  if (const auto held = file.file().tensors.at(names.token).dtype; is_floating(held))
    result.notices.push_back(fmt::format("{}: {} is held as {}, and taken as the integers that it holds",
                                         file.file().file->name(), names.token, to_string(held)));
  return result;
} catch (...) {
  rethrow_as_error();
}

InjectedNoise read_noise(const std::filesystem::path& path) try {
  const InputFile file(open_tensor_file(path));
  InjectedNoise noise;
  for (const auto& name : file.names()) {
    constexpr std::array kNames{"cfm_noise", "noised_mels", "sine_phase", "sine_noise", "source"};
    if (std::ranges::find(kNames, name) == kNames.end())
      file.fail("tensor " + name +
                " is no noise; known are cfm_noise, noised_mels, sine_phase, sine_noise and source");
    noise[name] = file.floats(name);
  }
  if (noise.empty()) file.fail("holds no tensor");
  return noise;
} catch (...) {
  rethrow_as_error();
}

void write_tensors(const std::filesystem::path& path, const HostTensors& tensors) {
  std::vector<TensorSource> sources;
  for (const auto& [name, tensor] : tensors) {
    const bool real = std::holds_alternative<std::vector<float>>(tensor.values);
    sources.push_back({name, real ? Dtype::f32 : Dtype::i64, tensor.shape, [&tensor](const ByteSink& sink) {
                         std::visit([&](const auto& values) { sink(std::as_bytes(std::span(values))); },
                                    tensor.values);
                       }});
  }
  write_safetensors(path, std::move(sources), {}, {});
}

bool is_conds_pt(const std::filesystem::path& path) { return path.extension() == ".pt"; }

void write_conditioning(const std::filesystem::path& path, const Conditioning& voice) try {
  if (!is_conds_pt(path)) return write_tensors(path, to_tensors(voice));
  PtEntries entries;
  for (auto& [name, tensor] : to_tensors(voice)) entries.emplace("gen." + name, tensor);
  const auto tokens = static_cast<std::int64_t>(voice.prompt_token.size());
  entries["gen.prompt_token_len"] = HostTensor{{1}, std::vector{tokens}};
  entries["gen.prompt_feat_len"] = std::nullopt;  // as embed_ref leaves it
  write_pt(path, entries);
} catch (...) {
  rethrow_as_error();
}

HostTensors to_tensors(const Conditioning& voice) {
  const auto count = [](const auto& values) { return static_cast<std::int64_t>(values.size()); };
  return {{"prompt_token", {{1, count(voice.prompt_token)}, voice.prompt_token}},
          {"prompt_feat", {{1, count(voice.prompt_feat) / 80, 80}, voice.prompt_feat}},
          {"embedding", {{1, count(voice.embedding)}, voice.embedding}}};
}

}  // namespace octet
