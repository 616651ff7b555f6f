#include "core/kernels/captured_graph.h"

#include <ATen/cuda/CUDAEvent.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>

#include <algorithm>

#include "core/kernels/torch_types.h"

namespace octet {

/// The pool that all graphs of a cache allocate from, and the stream they are recorded on.
struct GraphCache::Memory {
  explicit Memory(c10::DeviceIndex device)
      : stream(c10::cuda::getStreamFromPool(/*isHighPriority=*/false, device)),
        pool(at::cuda::graph_pool_handle()) {
    c10::cuda::CUDACachingAllocator::createOrIncrefPool(device, pool);
  }
  ~Memory() { c10::cuda::CUDACachingAllocator::releasePool(stream.device_index(), pool); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  c10::cuda::CUDAStream stream;
  c10::MempoolId_t pool;
};

struct CapturedGraph::State {
  at::cuda::CUDAGraph graph;
};

CapturedGraph::CapturedGraph(std::unique_ptr<State> state) : state_(std::move(state)) {}
CapturedGraph::~CapturedGraph() = default;
void CapturedGraph::replay() const { state_->graph.replay(); }

struct GpuMark::State {
  at::cuda::CUDAEvent event;
};

GpuMark::GpuMark() : state_(std::make_unique<State>()) {}
GpuMark::~GpuMark() = default;
void GpuMark::set() { state_->event.record(); }
void GpuMark::wait() const { state_->event.synchronize(); }

GraphCache::GraphCache(Device device, std::uint64_t most_bytes)
    : most_bytes_(most_bytes),
      memory_(std::make_unique<Memory>(gpu_index(device))),
      sides_{SideBranch(gpu_index(device)), SideBranch(gpu_index(device))} {}
GraphCache::~GraphCache() { entries_.clear(); }

std::unique_ptr<CapturedGraph> GraphCache::capture(const std::function<void()>& work) {
  // What `work` reads may still be in the making, and what it wrote is read elsewhere.
  c10::cuda::getCurrentCUDAStream(memory_->stream.device_index()).synchronize();
  const c10::cuda::CUDAStreamGuard guard(memory_->stream);
  work();  // libraries set themselves up, which a recording forbids
  memory_->stream.synchronize();

  auto state = std::make_unique<CapturedGraph::State>();
  state->graph.capture_begin(memory_->pool, cudaStreamCaptureModeThreadLocal);
  try {
    work();
  } catch (...) {
    try {
      state->graph.capture_end();
    } catch (const c10::Error&) {  // of a recording that is broken: the first failure is the one to tell
    }
    throw;
  }
  state->graph.capture_end();
  return std::unique_ptr<CapturedGraph>(new CapturedGraph(std::move(state)));
}

std::uint64_t GraphCache::bytes() const {
  std::uint64_t sum = 0;
  for (const auto& segment : c10::cuda::CUDACachingAllocator::snapshot(memory_->pool).segments)
    if (segment.device == memory_->stream.device_index()) sum += segment.total_size;
  return sum;
}

void GraphCache::start_anew() {
  entries_.clear();
  memory_ = std::make_unique<Memory>(memory_->stream.device_index());
}

void GraphCache::forget(const void* owner) {
  const auto held = lock();
  entries_.remove_if([&](const Entry& entry) { return entry.owner == owner; });
}

std::shared_ptr<void> GraphCache::find(const void* owner, std::int64_t shape) {
  const auto found = std::ranges::find_if(
      entries_, [&](const Entry& entry) { return entry.owner == owner && entry.shape == shape; });
  if (found == entries_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found);
  return found->kept;
}

void GraphCache::keep(const void* owner, std::int64_t shape, std::shared_ptr<void> made) {
  entries_.push_front({owner, shape, std::move(made)});
  std::size_t held = 0;
  entries_.remove_if([&](const Entry& entry) { return entry.owner == owner && ++held > kMost; });
}

}  // namespace octet
