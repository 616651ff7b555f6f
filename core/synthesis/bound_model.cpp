#include "core/synthesis/bound_model.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/ScalarType.h>
#include <fmt/format.h>

#include <algorithm>

#include "core/checkpoint/components.h"
#include "core/kernels/dequantize.h"
#include "core/kernels/processor.h"
#include "core/kernels/torch_types.h"
#include "core/plan/size.h"
#include "core/quant/bias_correction.h"
#include "core/quant/methods.h"
#include "core/quant/weight_only_options.h"
#include "core/synthesis/prepared_bytes.h"

namespace octet {

BoundModel::BoundModel(std::shared_ptr<const Checkpoint> checkpoint, std::shared_ptr<WeightStore> store,
                       Device device, std::shared_ptr<GraphCache> graphs, std::int64_t head_width,
                       const ResolvedPlan& plan, bool refillable)
    : checkpoint_(std::move(checkpoint)),
      store_(std::move(store)),
      device_(device),
      resolved_(plan),
      head_width_(head_width) {
  weights_.device = torch_device(device);
  weights_.activations = torch_type(dtype_of(plan.plan.base));
  weights_.graphs = std::move(graphs);
  weights_.refillable = refillable;
}

std::shared_ptr<const s3gen::LayerWeights> with_slot(const s3gen::LayerWeights& weights) {
  auto own = std::make_shared<s3gen::LayerWeights>(weights);
  if (const auto* dense = weights.weight ? std::get_if<DenseWeight>(&*weights.weight) : nullptr) {
    const auto values = dense->values.clone();
    auto slot = std::make_shared<WeightSlot>();
    slot->add([values](const Weight& other) { values.copy_(values_in(other, values.scalar_type())); });
    own->weight = DenseWeight{values, std::move(slot)};
  }
  return own;
}

bool BoundModel::refills(std::size_t layer, const Recipe& recipe) const {
  const auto& now = resolved_.layers[layer].effective;
  // Other types take part in products in other types than int8 does; groups and rounded inputs in others.
  // What has a bias of its own needs more than a weight.
  return weights_.refillable && resolved_.plan.base == Precision::fp32 && now.storage == Precision::fp32 &&
         recipe == Recipe{Precision::int8, Precision::fp32, Method::weight_only, recipe.options} &&
         !parse_weight_only_options(recipe.options).in_groups() && !corrects_bias(recipe);
}

Weight BoundModel::refill(std::size_t layer, const Resolution& stored, const Weight& weight) {
  const c10::InferenceMode inference;
  const auto& changed = checkpoint_->layers()[layer];
  make(changed.component);
  const auto& held = weights_.layers.at(changed.name);
  const auto& dense = std::get<DenseWeight>(held->weight.value());
  DenseWeight before{dense.values.clone()};
  dense.slot->fill(moved(weight, weights_.device));
  resolved_.layers[layer] = stored;
  return before;
}

void BoundModel::make(const std::string& component) const {
  if (component == "tokenizer") (void)tokenizer();
  if (component == "speaker_encoder") (void)speaker_encoder();
  if (component == "flow") (void)flow();
  if (component == "mel2wav") (void)vocoder();
}

void BoundModel::require(const std::string& component) const {
  require_components(*checkpoint_, {component});
}

const s3gen::VoiceListener& BoundModel::voice_listener() const {
  const auto& speaker = speaker_encoder();
  const auto& tokens = tokenizer();
  const std::lock_guard lock(mutex_);
  if (!voice_listener_)
    voice_listener_ = std::make_unique<const s3gen::VoiceListener>(tokens, speaker, weights_.graphs);
  return *voice_listener_;
}

void BoundModel::refuse_untaken(const s3gen::Scope& scope) const {
  auto untaken = scope.untaken();
  if (untaken.empty()) return;
  throw Error(
      ErrorKind::input,
      fmt::format("{}: nothing computes layer {}", checkpoint_->path().string(), std::ranges::min(untaken)),
      "the file is of another version of the model");
}

std::uint64_t BoundModel::resident_bytes() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t sum = 0;
  for (const auto& [name, layer] : weights_.layers) {
    if (layer->weight) sum += bytes(*layer->weight);
    for (const auto& [last_name, tensor] : layer->tensors) sum += tensor.nbytes();
  }
  return sum;
}

std::uint64_t BoundModel::bytes_to_load(std::initializer_list<const char*> components) const {
  // Copies of a layer in fp32: what folding, looking for NaN, and rounding to int8 hold at their worst
  // moment.
  constexpr std::uint64_t kCopies = 5;
  const auto is_made = [&](const char* component) {
    const std::lock_guard lock(mutex_);
    const std::string_view name = component;
    return (name == "tokenizer" && tokenizer_) || (name == "speaker_encoder" && speaker_encoder_) ||
           (name == "flow" && flow_) || (name == "mel2wav" && vocoder_);
  };
  if (std::ranges::all_of(components, is_made)) return 0;
  std::uint64_t sum = 0, largest = 0;
  const auto& layers = checkpoint_->layers();
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (std::ranges::find(components, layers[i].component) == components.end()) continue;
    const auto& recipe = resolved_.layers[i].effective;
    sum += prepared_bytes(layers[i], recipe, device_.kind);
    if (store_->holds(layers[i], recipe)) continue;
    sum += written_bytes(layers[i], recipe);
    for (const auto& tensor : layers[i].tensors)
      largest = std::max(largest, static_cast<std::uint64_t>(element_count(tensor.shape)) * sizeof(float));
  }
  return sum + (weights_.device.is_cpu() ? kCopies * largest : 0);
}

void BoundModel::load(std::initializer_list<const char*> components, const JobControl& control) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::size_t> wanted;
  const auto& layers = checkpoint_->layers();
  for (std::size_t i = 0; i < layers.size(); ++i)
    if (std::ranges::find(components, layers[i].component) != components.end() &&
        !weights_.layers.contains(layers[i].name))
      wanted.push_back(i);
  for (std::size_t done = 0; done < wanted.size(); ++done) {
    control.at({"loading weights", static_cast<int>(done), static_cast<int>(wanted.size())});
    const auto& layer = layers[wanted[done]];
    weights_.layers[layer.name] = store_->get(layer, resolved_.layers[wanted[done]].effective,
                                              resolved_.calibration.get(), control.stop);
  }
}

std::shared_ptr<const s3gen::LayerWeights> BoundModel::layer(std::size_t index,
                                                             const std::stop_token& stop) const {
  const std::lock_guard lock(mutex_);
  const auto& layer = checkpoint_->layers()[index];
  if (const auto held = weights_.layers.find(layer.name); held != weights_.layers.end()) return held->second;
  return weights_.layers[layer.name] =
             store_->get(layer, resolved_.layers[index].effective, resolved_.calibration.get(), stop);
}

std::uint64_t BoundModel::conversion_bytes() const {
  if (weights_.graphs) return 0;  // there each weight is converted where it is used
  const auto base = torch_type(dtype_of(resolved_.plan.base));
  std::uint64_t sum = 0;
  const auto& layers = checkpoint_->layers();
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (!layers[i].quantizable() || !layers[i].name.starts_with("flow.decoder.")) continue;
    if (rounds_inputs(resolved_.layers[i].effective)) continue;  // multiplied as it is
    const auto stored = torch_type(dtype_of(resolved_.layers[i].effective.storage));
    const auto wider = stored == at::kChar ? base : c10::promoteTypes(stored, base);
    const auto type = product_type(wider, weights_.device);
    if (type != stored)
      sum += static_cast<std::uint64_t>(element_count(layers[i].weight().shape)) * c10::elementSize(type);
  }
  return std::min(sum, s3gen::kMostConverted);
}

const ResolvedPlan& resolved_plan(const BoundModel& model) { return model.resolved(); }
std::uint64_t resident_weight_bytes(const BoundModel& model) { return model.resident_bytes(); }

}  // namespace octet
