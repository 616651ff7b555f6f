#pragma once

#include <memory>

#include "core/checkpoint/mapped_file.h"
#include "core/checkpoint/tensor_file.h"

namespace octet {

/// Reads what torch.save wrote (torch 1.6 and later): state dicts, nested dicts and lists, a lone tensor;
/// names as in pickle.h. Tensors are views of the mapped file; those saved as transposed or sliced views are
/// copied. Throws Error(input) naming the file.
TensorFile read_pt(std::shared_ptr<const MappedFile> file);

}  // namespace octet
