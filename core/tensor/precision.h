#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace octet {

/// Dimensions of a tensor, outermost first; empty for a scalar.
using Shape = std::vector<std::int64_t>;

std::int64_t element_count(const Shape& shape);

/// What a plan can ask of a layer's weights.
enum class Precision { fp32, bf16, fp16, int8 };

/// "fp32", "bf16", "fp16", "int8".
std::string_view to_string(Precision precision);
std::optional<Precision> precision_from(std::string_view name);

/// Element types that tensor files hold. Those from f8_e4m3 on are known, but nothing is computed from them.
enum class Dtype {
  f64,
  f32,
  f16,
  bf16,
  i64,
  i32,
  i16,
  i8,
  u64,
  u32,
  u16,
  u8,
  boolean,
  f8_e4m3,
  f8_e5m2,
  other  ///< quantized, sparse, complex, or newer than Octet
};

std::size_t size_of(Dtype dtype);  ///< bytes; of `other` 0
/// One of the floating types that Octet computes with.
bool is_floating(Dtype dtype);
/// safetensors' names: "F32", "BF16", "I8", "BOOL" …; "of another type".
std::string_view to_string(Dtype dtype);
std::optional<Dtype> dtype_from(std::string_view safetensors_name);
Dtype dtype_of(Precision precision);

}  // namespace octet
