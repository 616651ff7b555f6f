#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "core/tensor/host_tensor.h"

namespace octet {

/// What a .pt file is to hold, by dotted path as pickle.h gives it; Python's None where there is no tensor.
using PtEntries = std::map<std::string, std::optional<HostTensor>>;

/// Writes nested dicts of tensors, {"gen": {"embedding": …}} for "gen.embedding", as torch.save lays them out
/// (pickle protocol 2, storages uncompressed at multiples of 64): torch.load reads them with weights_only.
/// The same entries give the same bytes, whatever the file is called. Atomic (write_file_atomically). Throws
/// Error(output) naming the path.
void write_pt(const std::filesystem::path& path, const PtEntries& entries);

}  // namespace octet
