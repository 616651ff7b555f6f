#include "core/synthesis/prepared_bytes.h"

#include "core/quant/methods.h"

namespace octet {
namespace {

/// Of an fp16 term of the vocoder (core/ops/wave_ops.h).
constexpr std::uint64_t kTerm = 2;

/// One where that is exact.
std::uint64_t terms_of(const Recipe& recipe) {
  const bool in_groups = recipe.storage == Precision::int8 && !recipe.options.empty();
  return recipe.storage == Precision::fp32 || in_groups ? 2 : 1;
}

}  // namespace

std::uint64_t prepared_bytes(const Layer& layer, const Recipe& recipe, Device::Kind device) {
  const bool convolution = layer.type == LayerType::conv1d || layer.type == LayerType::conv2d;
  const bool transposed = layer.type == LayerType::conv_transpose1d;
  if (!convolution && !transposed) return 0;
  const auto elements = static_cast<std::uint64_t>(element_count(layer.weight().shape));
  const bool reordered = layer.weight().shape.back() > 1;  // a single tap is read where it lies
  const auto stored = reordered ? elements * size_of(dtype_of(recipe.storage)) : 0;
  if (device == Device::Kind::cpu) return rounds_inputs(recipe) ? stored : 0;
  if (layer.component == "speaker_encoder") return elements * sizeof(float);
  if (layer.component != "mel2wav") return stored;
  // Room for three taps of each stride, of which at least two are there.
  return terms_of(recipe) * kTerm * (transposed ? 3 * elements / 2 : elements);
}

}  // namespace octet
