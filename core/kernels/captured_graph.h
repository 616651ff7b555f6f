#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>

#include "core/kernels/device.h"
#include "core/kernels/side_branch.h"

namespace octet {

/// GPU work recorded once and launched whole. What it reads and writes are the same tensors at every launch;
/// they must outlive it.
class CapturedGraph {
 public:
  CapturedGraph(const CapturedGraph&) = delete;
  CapturedGraph& operator=(const CapturedGraph&) = delete;
  ~CapturedGraph();
  /// Launches it behind what was asked of the GPU before.
  void replay() const;

 private:
  friend class GraphCache;
  struct State;
  explicit CapturedGraph(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// A place in the GPU's work that can be waited for.
class GpuMark {
 public:
  GpuMark();
  ~GpuMark();
  /// Behind what was asked of the current GPU so far.
  void set();
  /// Returns at once where it was never set.
  void wait() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Work kept for the shapes that came last, on one GPU. Its graphs share their memory, so that they take what
/// the hungriest takes: one may run at a time, between lock() and its last launch.
class GraphCache {
 public:
  /// Shapes kept of each owner.
  static constexpr std::size_t kMost = 16;
  /// Beyond so much memory, what is kept goes before more is recorded: memory that graphs share only ever
  /// grows, as each keeps its addresses.
  static constexpr std::uint64_t kMostBytes = 4'000'000'000;

  explicit GraphCache(Device device, std::uint64_t most_bytes = kMostBytes);
  GraphCache(const GraphCache&) = delete;
  GraphCache& operator=(const GraphCache&) = delete;
  ~GraphCache();

  [[nodiscard]] std::unique_lock<std::mutex> lock() { return std::unique_lock(mutex_); }

  /// Does `work` once, then records it. `work` must neither wait for the GPU nor copy from ordinary memory;
  /// what it throws passes through, and nothing is recorded then. Requires the lock.
  std::unique_ptr<CapturedGraph> capture(const std::function<void()>& work);

  /// Work beside the current stream's, within what is captured or without. The same ones for all, so that
  /// their memory, too, is shared. Require the lock.
  static constexpr std::size_t kSides = 2;
  SideBranch& side(std::size_t which) { return sides_[which]; }

  /// The shape of a batch. `filled_up`: of its rows some may not count.
  static constexpr std::int64_t shape_of(std::int64_t entries, std::int64_t rows, bool filled_up) {
    return (entries << 32 | rows) << 1 | (filled_up ? 1 : 0);
  }

  /// What `owner` keeps for `shape`; made by `make()` where it has none, and then what `owner` used longest
  /// ago goes. Requires the lock.
  template <typename Kept, typename Make>
  std::shared_ptr<Kept> get(const void* owner, std::int64_t shape, const Make& make) {
    if (auto kept = find(owner, shape)) return std::static_pointer_cast<Kept>(kept);
    if (entries_.empty() || bytes() > most_bytes_) start_anew();
    std::shared_ptr<Kept> made = make();
    keep(owner, shape, made);
    return made;
  }
  /// Memory that the graphs share, in bytes: what it takes on the GPU between launches. Requires the lock.
  std::uint64_t bytes() const;
  /// Drops all that `owner` keeps.
  void forget(const void* owner);

 private:
  struct Entry {
    const void* owner;
    std::int64_t shape;
    std::shared_ptr<void> kept;
  };
  /// With a pool of its own: torch's allocator of pinned memory refuses one whose graphs have all gone.
  void start_anew();
  std::shared_ptr<void> find(const void* owner, std::int64_t shape);
  void keep(const void* owner, std::int64_t shape, std::shared_ptr<void> made);

  struct Memory;
  std::uint64_t most_bytes_;
  std::mutex mutex_;
  std::unique_ptr<Memory> memory_;
  std::array<SideBranch, kSides> sides_;
  std::list<Entry> entries_;  ///< used last first
};

}  // namespace octet
