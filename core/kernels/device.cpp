#include "core/kernels/device.h"

#include <ATen/Context.h>
#include <ATen/cuda/CUDAContext.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAGuard.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>

#include "core/error.h"
#include "core/kernels/memory_limit.h"
#include "core/kernels/proc_file.h"
#include "core/kernels/torch_types.h"
#include "core/torch_errors.h"

namespace octet {

Device parse_device(std::string_view name) {
  const int gpus = gpu_count();
  if (name == "cpu") return {};
  if (name == "auto" && gpus == 0) return {};
  std::string_view digits = "0";
  if (name != "cuda" && name != "auto") {
    digits = name.starts_with("cuda:") ? name.substr(5) : std::string_view();
    if (digits.empty() || !std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; }))
      throw Error(ErrorKind::usage, fmt::format("unknown device \"{}\"", name),
                  "use auto, cpu, cuda or cuda:N, where N counts GPUs from 0");
  }
  int index = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
  if (failure != std::errc() || index >= gpus)
    throw Error(ErrorKind::device,
                fmt::format("no device cuda:{}: this machine has {} usable GPUs", digits, gpus),
                "use --device cpu");
  // The allocator answers no question before this.
  translating_torch_errors([] { at::globalContext().lazyInitDevice(at::kCUDA); });
  return {Device::Kind::cuda, index};
}

std::vector<Device> parse_devices(std::string_view names) {
  constexpr std::string_view kGpu = "cuda:";
  if (!names.starts_with(kGpu)) return {parse_device(names)};
  std::vector<Device> devices;
  for (auto rest = names.substr(kGpu.size());;) {
    const auto end = rest.find(',');
    const auto device = parse_device(fmt::format("{}{}", kGpu, rest.substr(0, end)));
    if (std::ranges::find(devices, device) != devices.end())
      throw Error(ErrorKind::usage, fmt::format("{} is named twice", to_string(device)),
                  "name each GPU once");
    devices.push_back(device);
    if (end == rest.npos) return devices;
    rest.remove_prefix(end + 1);
  }
}

int gpu_count() { return c10::cuda::device_count(); }

std::string to_string(Device device) {
  return device.kind == Device::Kind::cpu ? "cpu" : fmt::format("cuda:{}", device.index);
}

std::string describe(Device device) try {
  if (device.kind == Device::Kind::cpu) return "CPU";
  return at::cuda::getDeviceProperties(gpu_index(device))->name;
} catch (...) {
  rethrow_as_error();
}

std::uint64_t available_bytes(Device device) try {
  if (device.kind == Device::Kind::cpu)
    return std::min(read_kilobytes("/proc/meminfo", "MemAvailable:"), bytes_within_limits());
  std::size_t free = 0, total = 0;
  c10::cuda::CUDAGuard guard(gpu_index(device));
  C10_CUDA_CHECK(cudaMemGetInfo(&free, &total));
  return free + pooled_bytes(device);
} catch (...) {
  rethrow_as_error();
}

std::uint64_t pooled_bytes(Device device) try {
  if (device.kind == Device::Kind::cpu) return 0;
  const auto stats = c10::cuda::CUDACachingAllocator::getDeviceStats(gpu_index(device));
  return static_cast<std::uint64_t>(stats.reserved_bytes[0].current - stats.allocated_bytes[0].current);
} catch (...) {
  rethrow_as_error();
}

void synchronize(Device device) {
  if (device.kind == Device::Kind::cpu) return;
  translating_torch_errors([&] { at::cuda::getCurrentCUDAStream(gpu_index(device)).synchronize(); });
}

PeakMemory::PeakMemory(Device device) : device_(device) {
  if (device.kind == Device::Kind::cuda)
    c10::cuda::CUDACachingAllocator::resetPeakStats(gpu_index(device));
  else
    std::ofstream("/proc/self/clear_refs") << "5";  // resets VmHWM
}

std::uint64_t PeakMemory::bytes() const {
  if (device_.kind == Device::Kind::cpu) return read_kilobytes("/proc/self/status", "VmHWM:");
  const auto stats = c10::cuda::CUDACachingAllocator::getDeviceStats(gpu_index(device_));
  return static_cast<std::uint64_t>(stats.allocated_bytes[0].peak);
}

}  // namespace octet
