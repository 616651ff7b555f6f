#include "core/kernels/own_stream.h"

#include <c10/cuda/CUDAGuard.h>

#include "core/kernels/torch_types.h"

namespace octet {

struct OwnStream::State {
  c10::cuda::CUDAStream stream;
};

OwnStream::OwnStream(Device device) {
  if (device.kind == Device::Kind::cuda)
    state_.reset(new State{c10::cuda::getStreamFromPool(/*isHighPriority=*/false, gpu_index(device))});
}
OwnStream::OwnStream(OwnStream&&) noexcept = default;
OwnStream::~OwnStream() = default;

void OwnStream::run(const std::function<void()>& work) const {
  if (!state_) return work();
  const c10::cuda::CUDAStreamGuard guard(state_->stream);
  work();
}

}  // namespace octet
