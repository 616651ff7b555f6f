#include "core/kernels/processor.h"

#include <ATen/cpu/Utils.h>

#include <algorithm>
#include <initializer_list>

namespace octet {
namespace {

bool has_any(std::initializer_list<const char*> instructions) {
  static const auto capabilities = at::cpu::get_cpu_capabilities();
  return std::ranges::any_of(instructions, [](const char* name) {
    const auto found = capabilities.find(name);
    return found != capabilities.end() && found->second.isBool() && found->second.toBool();
  });
}

/// Others are left to PyTorch's choice.
constexpr bool kX86 =
#ifdef __x86_64__
    true;
#else
    false;
#endif

}  // namespace

at::ScalarType product_type(at::ScalarType type, at::Device device) {
  static const bool bf16 = !kX86 || has_any({"avx512_bf16", "amx_bf16"});
  static const bool fp16 = !kX86 || has_any({"avx512_fp16", "amx_fp16"});
  const bool emulated = (type == at::kBFloat16 && !bf16) || (type == at::kHalf && !fp16);
  return emulated && device.is_cpu() ? at::kFloat : type;
}

bool has_int8_products() {
  static const bool has = kX86 && has_any({"avx512_vnni"});
  return has;
}

bool has_avx512() {
  static const bool has = kX86 && has_any({"avx512_f"}) && has_any({"avx512_bw"}) && has_any({"avx512_vl"});
  return has;
}

}  // namespace octet
