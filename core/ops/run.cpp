#include "core/ops/run.h"

#include "core/error.h"

namespace octet {

at::Tensor Run::shown(const std::string& layer, at::Tensor output) const {
  if (stop.stop_requested()) throw Error(ErrorKind::cancelled, "cancelled at layer " + layer);
  if (probe) probe(layer, output);
  return output;
}

}  // namespace octet
