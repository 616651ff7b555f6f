#include "core/ops/run.h"

#include <ATen/ATen.h>

#include "core/error.h"

namespace octet {

const at::Tensor& Run::seen(const std::string& layer, const at::Tensor& input, const ConvShape& shape) const {
  if (tap) tap(layer, input, shape);
  return input;  // NOLINT(bugprone-return-const-ref-from-parameter): for use in the expression it stands in
}

at::Tensor Run::shown(const std::string& layer, at::Tensor output) const {
  if (stop.stop_requested()) throw Error(ErrorKind::cancelled, "cancelled at layer " + layer);
  if (probe) probe(layer, output);
  return output;
}

at::Tensor beyond(const at::Tensor& lengths, std::int64_t rows) {
  return at::arange(rows, lengths.options()).unsqueeze(0) >= lengths.unsqueeze(1);
}

}  // namespace octet
