#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace octet {

/// Where a run computes, and with how many threads.
struct Device {
  enum class Kind { cpu, cuda };
  Kind kind = Kind::cpu;
  int index = 0;    ///< of the GPU
  int threads = 0;  ///< on the CPU; 0: one per core, or what OMP_NUM_THREADS says

  bool operator==(const Device&) const = default;
};

/// "auto" (a GPU where there is one), "cpu", "cuda" or "cuda:N". Throws Error(usage) for another word and
/// Error(device) when there is no such GPU.
Device parse_device(std::string_view name);
/// The same, or several GPUs: "cuda:0,1". Throws Error(usage) also where one is named twice.
std::vector<Device> parse_devices(std::string_view names);
/// GPUs this process could use.
int gpu_count();
/// "cpu", "cuda:0"
std::string to_string(Device device);
/// "CPU" or the GPU's own name.
std::string describe(Device device);

/// Bytes a run could still take: free and cached memory of the GPU, or what the system can give without
/// swapping and a container's limit allows.
std::uint64_t available_bytes(Device device);
/// Those among them that a GPU's allocator has at hand, which is known without asking the driver (0.2 ms). On
/// the CPU none.
std::uint64_t pooled_bytes(Device device);

/// Waits until the device has done what was asked of it.
void synchronize(Device device);

/// The highest use of memory since it was made: the allocator's on a GPU, resident memory of the process on
/// the CPU.
class PeakMemory {
 public:
  explicit PeakMemory(Device device);
  std::uint64_t bytes() const;

 private:
  Device device_;
};

}  // namespace octet
