#include "core/kernels/torch_types.h"

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
    case Dtype::u8: return at::kByte;
    case Dtype::boolean: return at::kBool;
  }
  return at::kFloat;
}

at::Device torch_device(Device device) {
  if (device.kind == Device::Kind::cpu) return at::kCPU;
  return {at::kCUDA, static_cast<c10::DeviceIndex>(device.index)};
}

}  // namespace octet
