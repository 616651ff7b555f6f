#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/tensor_file.h"

namespace octet {

/// Speech that a calibration listened to.
struct CalibrationClip {
  std::string name;
  std::string sha256;  ///< of its tokens and voice (core/calibration/calibrate.h)

  bool operator==(const CalibrationClip&) const = default;
};

/// How a calibration was made, as it says itself.
struct CalibrationOrigin {
  std::string checkpoint_sha256;
  std::vector<CalibrationClip> clips;
  int steps = 0;        ///< Euler steps of the clips that do not bring their own
  std::string balance;  ///< "rows" or "calls" (core/calibration/balance.h)
  std::uint64_t seed = 0;
};

/// How large the inputs of a layer were.
struct InputRange {
  float largest = 0;  ///< of all |input|
  float middle = 0;   ///< the median, over channels, of each one's largest |input|
};

/// As a calibration's metadata have it, compact JSON with sorted keys.
std::string format_origin(const CalibrationOrigin& origin);

/// A file of what layers were given over clips (docs/formats.md, "Calibration"). What it holds of a layer is
/// read when it is asked for (core/checkpoint/read_statistics.h).
class Calibration {
 public:
  /// Throws Error(input) naming the file when it is no calibration, and the tensor where a range is damaged.
  static std::shared_ptr<const Calibration> open(const std::filesystem::path& path);

  std::string name() const { return file_.file->name(); }
  /// Of the file: what recipes name it by.
  const std::string& sha256() const { return sha256_; }
  const CalibrationOrigin& origin() const { return origin_; }
  bool has(const std::string& layer) const { return file_.tensors.contains(layer + ".hessian"); }
  /// None where it has nothing of the layer.
  const InputRange* range_of(const std::string& layer) const {
    const auto found = ranges_.find(layer);
    return found == ranges_.end() ? nullptr : &found->second;
  }
  const TensorFile& file() const { return file_; }

  /// Throws Error(input) saying which checkpoint it is of, unless that is `checkpoint`.
  void require_of(const Checkpoint& checkpoint) const;

 private:
  Calibration(TensorFile file, std::string sha256, CalibrationOrigin origin);

  TensorFile file_;
  std::map<std::string, InputRange> ranges_;  // by layer
  std::string sha256_;
  CalibrationOrigin origin_;
};

/// Says which clips two calibrations share, where what is measured with one is made with the other; a
/// sentence, or none.
std::vector<std::string> shared_clips(const Calibration& made_with, const Calibration& measured_with);

}  // namespace octet
