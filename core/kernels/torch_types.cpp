#include "core/kernels/torch_types.h"

#include <fmt/format.h>

#include "core/error.h"

namespace octet {

at::ScalarType torch_type(Dtype dtype) {
  switch (dtype) {
    case Dtype::f64: return at::kDouble;
    case Dtype::f32: return at::kFloat;
    case Dtype::f16: return at::kHalf;
    case Dtype::bf16: return at::kBFloat16;
    case Dtype::i64: return at::kLong;
    case Dtype::i32: return at::kInt;
    case Dtype::i16: return at::kShort;
    case Dtype::i8: return at::kChar;
    case Dtype::u64: return at::kUInt64;
    case Dtype::u32: return at::kUInt32;
    case Dtype::u16: return at::kUInt16;
    case Dtype::u8: return at::kByte;
    case Dtype::boolean: return at::kBool;
    case Dtype::f8_e4m3:
    case Dtype::f8_e5m2:
    case Dtype::other: break;
  }
  throw Error(ErrorKind::input,
              fmt::format("nothing can be computed from a tensor that is {}", to_string(dtype)));
}

at::Device torch_device(Device device) {
  if (device.kind == Device::Kind::cpu) return at::kCPU;
  return {at::kCUDA, gpu_index(device)};
}

}  // namespace octet
