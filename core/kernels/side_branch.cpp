#include "core/kernels/side_branch.h"

#include <ATen/cuda/CUDAEvent.h>
#include <c10/cuda/CUDAGuard.h>

namespace octet {

struct SideBranch::State {
  c10::cuda::CUDAStream stream;
  at::cuda::CUDAEvent forked;
  at::cuda::CUDAEvent done;
};

SideBranch::SideBranch(c10::DeviceIndex device)
    : state_(new State{c10::cuda::getStreamFromPool(/*isHighPriority=*/false, device), {}, {}}) {}
SideBranch::~SideBranch() = default;

void SideBranch::fork(const std::function<void()>& work) {
  state_->forked.record(c10::cuda::getCurrentCUDAStream(state_->stream.device_index()));
  state_->forked.block(state_->stream);
  {
    const c10::cuda::CUDAStreamGuard guard(state_->stream);
    work();
  }
  state_->done.record(state_->stream);
}

void SideBranch::join() {
  state_->done.block(c10::cuda::getCurrentCUDAStream(state_->stream.device_index()));
}

}  // namespace octet
