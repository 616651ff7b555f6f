#include "core/quant/quantize.h"

#include "core/quant/int8_weight_only.h"

namespace octet {

Weight quantize(const at::Tensor& folded, int channel_axis, const Recipe& recipe) {
  switch (recipe.method) {
    case Method::weight_only:
      return quantize_int8(folded, channel_axis, parse_weight_only_options(recipe.options));
    case Method::dynamic:
    case Method::llm_int8:
    case Method::gptq: break;
  }
  refuse_unimplemented(recipe.method);
}

at::Tensor tensor_of(const Weight& weight, StoredPart::Role part) {
  return std::visit(ForEachKind{[&](const DenseWeight& dense) {
                                  return part == StoredPart::Role::weight ? dense.values : at::Tensor();
                                },
                                [&](const Int8Weight& int8) {
                                  switch (part) {
                                    case StoredPart::Role::weight: return int8.values;
                                    case StoredPart::Role::scale: return int8.scale;
                                    case StoredPart::Role::other: break;
                                  }
                                  return at::Tensor();
                                }},
                    weight);
}

}  // namespace octet
