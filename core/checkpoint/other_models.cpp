#include "core/checkpoint/other_models.h"

#include <algorithm>
#include <array>

namespace octet {
namespace {

struct Mark {
  std::string_view part;  ///< of a tensor's name, which no S3Gen has
  OtherModel model;
};

constexpr std::string_view kChatterbox = "S3Gen is the file beside it, s3gen.safetensors or s3gen.pt";
constexpr std::string_view kCosyVoice = "Octet reads flow.pt and hift.pt of CosyVoice2";
constexpr std::string_view kNeither = "Octet reads S3Gen, the speech model of Chatterbox and CosyVoice2";

constexpr std::array kMarks{
    Mark{"length_regulator.", {"CosyVoice 1's flow", kCosyVoice}},
    Mark{"decoder.estimator.transformer_blocks.", {"CosyVoice 3's flow", kCosyVoice}},
    Mark{"up_encoders.",
         {"the encoder of CosyVoice2's flow alone", "give flow.pt, which holds all of the flow"}},
    Mark{"lora_A.", {"a LoRA adapter", "merge it into its model first"}},
    Mark{"tfmr.layers.", {"T3, Chatterbox's language model", kChatterbox}},
    Mark{"similarity_weight", {"Chatterbox's voice encoder", kChatterbox}},
    Mark{"llm_decoder.", {"CosyVoice's language model", kCosyVoice}},
    Mark{"llm_embedding.", {"CosyVoice's language model", kCosyVoice}},
    Mark{"model.diffusion_model.", {"Stable Diffusion", kNeither}},
    Mark{"down_blocks.0.resnets.", {"a model of diffusers", kNeither}},
    Mark{"self_attn.q_proj.", {"a language model of transformers", kNeither}},
    Mark{"vocoder.backbone.convnext.", {"Vocos", kNeither}},
};

}  // namespace

std::optional<OtherModel> other_model(const std::vector<std::string>& names) {
  for (const auto& mark : kMarks)
    if (std::ranges::any_of(names,
                            [&](const std::string& name) { return name.find(mark.part) != name.npos; }))
      return mark.model;
  return std::nullopt;
}

}  // namespace octet
