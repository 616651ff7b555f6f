#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/tensor/precision.h"

namespace octet {

/// A tensor that a pickle describes: a strided view of a storage, which lies elsewhere.
struct PickledTensor {
  std::string storage;  ///< its key: record "data/<key>" of the archive
  Dtype dtype = Dtype::other;
  std::int64_t storage_size = 0;  ///< in elements
  std::int64_t offset = 0;        ///< in elements
  Shape shape;
  std::vector<std::int64_t> strides;  ///< in elements; the view lies within the storage (checked)
};

/// What Octet can use of a pickle, under its dotted path: {"gen": {"embedding": t}} gives "gen.embedding", a
/// list's elements count from 0, a lone value is "". Objects are opened like dicts; the tables of a
/// torch.nn.Module leave no trace, so that a whole model has the names of its state dict.
struct PickleContents {
  std::map<std::string, PickledTensor> tensors;  ///< of type `other` without storage: quantized, sparse …
  std::map<std::string, std::vector<std::int64_t>> integers;  ///< lists of nothing but integers, not empty
};

/// Reads what torch.save pickled and runs nothing: whatever torch.load takes with weights_only, and beside it
/// objects of any class. Throws Error(input) beginning with `origin`: damaged, or so tangled or large that no
/// model is.
PickleContents read_pickle(std::span<const std::byte> pickle, const std::string& origin);

}  // namespace octet
