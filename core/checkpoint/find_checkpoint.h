#pragma once

#include <filesystem>
#include <string>

namespace octet {

/// The checkpoint file that a person means by `named`: a file, or "-", is itself; of a folder, such as a
/// snapshot of the Hugging Face cache, it is the only S3Gen checkpoint in it; and a bare name that is no file
/// here is that of the newest file so called in the Hugging Face cache. Throws Error(input) with the
/// candidates in a folder, or with where was looked.
std::filesystem::path find_checkpoint(const std::string& named);

}  // namespace octet
