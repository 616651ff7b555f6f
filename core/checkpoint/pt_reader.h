#pragma once

#include <memory>

#include "core/checkpoint/tensor_file.h"
#include "core/held_file.h"

namespace octet {

/// Reads what torch.save wrote (torch 1.6 and later): state dicts, nested dicts and lists, a lone tensor;
/// names as in pickle.h. No weight is read. Throws Error(input) naming the file.
TensorFile read_pt(std::shared_ptr<const HeldFile> file);

}  // namespace octet
