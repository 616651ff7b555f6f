#include "core/kernels/tensor_map.h"

#include <ATen/ATen.h>
#include <c10/cuda/CUDAException.h>

namespace octet {
namespace {

/// The driver's, asked for by name: nothing links the driver's library.
auto encoder() {
  void* found = nullptr;
  cudaDriverEntryPointQueryResult result{};
  C10_CUDA_CHECK(
      cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &found, 12000, cudaEnableDefault, &result));
  TORCH_CHECK(result == cudaDriverEntryPointSuccess, "the driver has no cuTensorMapEncodeTiled");
  return reinterpret_cast<decltype(&cuTensorMapEncodeTiled)>(found);
}

}  // namespace

CUtensorMap tensor_map(const at::Tensor& tensor, const std::array<std::int64_t, 3>& sizes,
                       const std::array<std::int64_t, 2>& strides, const std::array<int, 3>& box) {
  static const auto encode = encoder();
  constexpr cuuint64_t kBytes = 2;
  const cuuint64_t extents[3] = {static_cast<cuuint64_t>(sizes[0]), static_cast<cuuint64_t>(sizes[1]),
                                 static_cast<cuuint64_t>(sizes[2])};
  const cuuint64_t steps[2] = {kBytes * static_cast<cuuint64_t>(strides[0]),
                               kBytes * static_cast<cuuint64_t>(strides[1])};
  const cuuint32_t boxes[3] = {static_cast<cuuint32_t>(box[0]), static_cast<cuuint32_t>(box[1]),
                               static_cast<cuuint32_t>(box[2])};
  const cuuint32_t every[3] = {1, 1, 1};
  CUtensorMap map;
  const auto result = encode(&map,
                             tensor.scalar_type() == at::kBFloat16 ? CU_TENSOR_MAP_DATA_TYPE_BFLOAT16
                                                                   : CU_TENSOR_MAP_DATA_TYPE_FLOAT16,
                             3, const_cast<void*>(tensor.const_data_ptr()), extents, steps, boxes, every,
                             CU_TENSOR_MAP_INTERLEAVE_NONE, CU_TENSOR_MAP_SWIZZLE_128B,
                             CU_TENSOR_MAP_L2_PROMOTION_L2_256B, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
  TORCH_CHECK(result == CUDA_SUCCESS, "cuTensorMapEncodeTiled refused a tensor of ", tensor.sizes(), ": ",
              static_cast<int>(result));
  return map;
}

}  // namespace octet
