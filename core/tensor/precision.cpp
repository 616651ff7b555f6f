#include "core/tensor/precision.h"

#include <array>
#include <utility>

namespace octet {
namespace {

struct DtypeFact {
  Dtype dtype;
  std::string_view name;
  std::size_t bytes;
  bool floating;
};

constexpr std::array kDtypes{
    DtypeFact{Dtype::f64, "F64", 8, true},          DtypeFact{Dtype::f32, "F32", 4, true},
    DtypeFact{Dtype::f16, "F16", 2, true},          DtypeFact{Dtype::bf16, "BF16", 2, true},
    DtypeFact{Dtype::i64, "I64", 8, false},         DtypeFact{Dtype::i32, "I32", 4, false},
    DtypeFact{Dtype::i16, "I16", 2, false},         DtypeFact{Dtype::i8, "I8", 1, false},
    DtypeFact{Dtype::u64, "U64", 8, false},         DtypeFact{Dtype::u32, "U32", 4, false},
    DtypeFact{Dtype::u16, "U16", 2, false},         DtypeFact{Dtype::u8, "U8", 1, false},
    DtypeFact{Dtype::boolean, "BOOL", 1, false},    DtypeFact{Dtype::f8_e4m3, "F8_E4M3", 1, false},
    DtypeFact{Dtype::f8_e5m2, "F8_E5M2", 1, false}, DtypeFact{Dtype::other, "of another type", 0, false},
};

constexpr const DtypeFact& fact(Dtype dtype) { return kDtypes[static_cast<std::size_t>(dtype)]; }

constexpr std::array kPrecisions{
    std::pair{Precision::fp32, std::string_view("fp32")},
    std::pair{Precision::bf16, std::string_view("bf16")},
    std::pair{Precision::fp16, std::string_view("fp16")},
    std::pair{Precision::int8, std::string_view("int8")},
};

}  // namespace

std::int64_t element_count(const Shape& shape) {
  std::int64_t count = 1;
  for (const auto extent : shape) count *= extent;
  return count;
}

std::string_view to_string(Precision precision) {
  return kPrecisions[static_cast<std::size_t>(precision)].second;
}

std::optional<Precision> precision_from(std::string_view name) {
  for (const auto& [precision, spelling] : kPrecisions)
    if (spelling == name) return precision;
  return std::nullopt;
}

std::size_t size_of(Dtype dtype) { return fact(dtype).bytes; }
bool is_floating(Dtype dtype) { return fact(dtype).floating; }
std::string_view to_string(Dtype dtype) { return fact(dtype).name; }

std::optional<Dtype> dtype_from(std::string_view safetensors_name) {
  for (const auto& entry : kDtypes)
    if (entry.name == safetensors_name) return entry.dtype;
  return std::nullopt;
}

Dtype dtype_of(Precision precision) {
  switch (precision) {
    case Precision::fp32: return Dtype::f32;
    case Precision::bf16: return Dtype::bf16;
    case Precision::fp16: return Dtype::f16;
    case Precision::int8: return Dtype::i8;
  }
  return Dtype::f32;
}

}  // namespace octet
