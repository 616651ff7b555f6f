#include "core/study/path_effects.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <memory>

namespace octet {
namespace {

constexpr double kMiddles[] = {0.25, 0.75};

/// A model whose layers with a path are so far along it.
struct Between {
  s3gen::ModelWeights weights;
  std::vector<at::Tensor> moved;  ///< those layers' weights
};

Between between(const s3gen::ModelWeights& base, const std::vector<WeightPath>& paths, double t) {
  Between made{base, {}};
  for (const auto& [layer, from, by] : paths) {
    made.moved.push_back((from + t * by).set_requires_grad(true));
    auto own = std::make_shared<s3gen::LayerWeights>(*base.layers.at(layer));
    own->weight = DenseWeight{made.moved.back()};
    made.weights.layers[layer] = std::move(own);
  }
  return made;
}

/// -1 or 1, each as likely; drawn on the CPU, so that all devices take the same.
at::Tensor random_signs(const at::Tensor& like, at::Generator& generator) {
  const auto bits = at::randint(0, 2, like.sizes(), generator, at::kFloat);
  return (2 * bits - 1).to(like.device());
}

}  // namespace

std::vector<double> path_effects(const s3gen::ModelWeights& base, const std::vector<WeightPath>& paths,
                                 const std::function<at::Tensor(const s3gen::ModelWeights&)>& output,
                                 int signs, std::uint64_t seed) {
  const c10::AutoGradMode with_gradients(true);
  const auto count = static_cast<std::size_t>(signs);
  std::vector products(count, std::vector<double>(paths.size()));
  for (const auto t : kMiddles) {
    const auto [weights, moved] = between(base, paths, t);
    const auto made = output(weights);
    auto generator = at::detail::createCPUGenerator(seed);
    for (auto& product : products) {
      const auto slopes = torch::autograd::grad({made}, moved, {random_signs(made, generator)},
                                                /*retain_graph=*/&product != &products.back(),
                                                /*create_graph=*/false, /*allow_unused=*/true);
      for (std::size_t i = 0; i < paths.size(); ++i)
        if (slopes[i].defined())
          product[i] += (slopes[i] * paths[i].by).sum(at::kDouble).item<double>() /
                        static_cast<double>(std::size(kMiddles));
    }
  }
  std::vector<double> lengths(paths.size());
  for (std::size_t i = 0; i < paths.size(); ++i) {
    double squares = 0;
    for (const auto& product : products) squares += product[i] * product[i];
    lengths[i] = std::sqrt(squares / signs);
  }
  return lengths;
}

}  // namespace octet
