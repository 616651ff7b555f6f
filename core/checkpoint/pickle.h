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
  Dtype dtype = Dtype::f32;
  std::int64_t storage_size = 0;  ///< in elements
  std::int64_t offset = 0;        ///< in elements
  Shape shape;
  std::vector<std::int64_t> strides;  ///< in elements; the view lies within the storage (checked)
};

/// All tensors in what torch.save pickled, under their dotted path: {"gen": {"embedding": t}} gives
/// "gen.embedding", a list's elements count from 0, a lone tensor is "". Everything that is no tensor is left
/// out. A pickle is a program: this reader knows only tensors, dicts, lists, tuples, texts and numbers, and
/// runs nothing (as torch.load does with weights_only). LibTorch's own Unpickler reads no OrderedDict, hence
/// no state dict, and does not check its stack. Throws Error(input) starting with `origin`.
std::map<std::string, PickledTensor> read_pickle(std::span<const std::byte> pickle,
                                                 const std::string& origin);

}  // namespace octet
