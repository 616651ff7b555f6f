#pragma once

#include <functional>
#include <memory>

#include "core/kernels/device.h"

namespace octet {

/// A stream of a GPU for one of several threads that work there at once, which would else wait for each
/// other's work. On the CPU nothing.
class OwnStream {
 public:
  explicit OwnStream(Device device);
  OwnStream(OwnStream&&) noexcept;
  ~OwnStream();

  /// What `work` asks of the GPU comes behind what earlier calls did, and beside all else.
  void run(const std::function<void()>& work) const;

 private:
  struct State;
  std::unique_ptr<State> state_;  ///< none on the CPU
};

}  // namespace octet
