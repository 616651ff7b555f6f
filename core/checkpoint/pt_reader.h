#pragma once

#include <memory>

#include "core/checkpoint/tensor_file.h"
#include "core/held_file.h"

namespace octet {

/// Reads what torch.save wrote (torch 1.6 and later) and TorchScript archives: state dicts, nested dicts and
/// lists, whole models, a lone tensor; names as in pickle.h. No weight is read, but where the archive is
/// compressed. Throws Error(input) naming the file.
TensorFile read_pt(std::shared_ptr<const HeldFile> file);

}  // namespace octet
