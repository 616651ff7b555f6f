#pragma once

#include <cstdint>
#include <span>

namespace octet {

/// Speech tokens that are the same at the same place, in percent of the longer row; higher is better. What is
/// heard as speech by S3Gen's own tokenizer. NaN when both are empty.
double token_agreement(std::span<const std::int64_t> reference, std::span<const std::int64_t> test);

}  // namespace octet
