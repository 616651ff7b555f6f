#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "core/calibration/calibrate.h"
#include "core/metrics/speaker_cosine.h"
#include "core/s3gen/format.h"

namespace octet {
namespace {

constexpr double kLittleSpeech = 10;  // seconds
/// Takes of one speaker are closer than this, those of two are not (on the demo voice's clips: see the
/// calibration's tests).
constexpr double kSameSpeaker = 0.8;

bool is_one_speaker(std::span<const ComparisonClip> clips) {
  const auto& first = clips.front().request.voice.embedding;
  return std::ranges::all_of(clips, [&](const ComparisonClip& clip) {
    return speaker_cosine(first, clip.request.voice.embedding) > kSameSpeaker;
  });
}

}  // namespace

std::vector<std::string> doubts(std::span<const ComparisonClip> clips) {
  std::vector<std::string> found;
  double seconds = 0;
  std::set<std::string> hashes;
  for (const auto& clip : clips) {
    seconds += static_cast<double>(clip.request.tokens.size()) / s3gen::kTokensPerSecond;
    if (!hashes.insert(hash_of(clip.request)).second)
      found.push_back(fmt::format("{} is the same speech as a clip before it", clip.name));
  }
  if (seconds < kLittleSpeech)
    found.push_back(fmt::format("{:.2f} s of speech are little to calibrate on; take {:.0f} s or more",
                                seconds, kLittleSpeech));
  if (is_one_speaker(clips))
    found.emplace_back("all clips are of one speaker: layers may see other inputs when others speak");
  return found;
}

std::vector<std::string> heard_before(const Calibration& calibration, std::span<const ComparisonClip> clips) {
  std::vector<std::string> heard;
  for (const auto& clip : clips)
    if (std::ranges::find(calibration.origin().clips, hash_of(clip.request), &CalibrationClip::sha256) !=
        calibration.origin().clips.end())
      heard.push_back(clip.name);
  if (heard.empty()) return {};
  return {fmt::format("{} was made on clips that are compared, which favours its plans: {}",
                      calibration.name(), fmt::join(heard, ", "))};
}

}  // namespace octet
