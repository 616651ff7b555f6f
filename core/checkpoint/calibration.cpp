#include "core/checkpoint/calibration.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <span>

#include "core/checkpoint/hash_of_file.h"
#include "core/error.h"

namespace octet {
namespace {

using nlohmann::json;

constexpr auto kKey = "octet_calibration";
constexpr int kVersion = 1;

CalibrationOrigin origin_in(const TensorFile& file) try {
  const auto found = file.metadata.find(kKey);
  if (found == file.metadata.end())
    throw Error(ErrorKind::input, file.file->name() + " is no calibration",
                "octet calibrate CKPT --clips DIR -o X.calibration makes one");
  const auto said = json::parse(found->second);
  if (const auto version = said.at("version").get<int>(); version != kVersion)
    throw Error(ErrorKind::input,
                fmt::format("{} is a calibration of version {}, which this Octet does not know",
                            file.file->name(), version),
                "use the Octet that wrote it, or a newer one");
  CalibrationOrigin origin{.checkpoint_sha256 = said.at("checkpoint_sha256"),
                           .clips = {},
                           .steps = said.at("steps"),
                           .balance = said.at("balance"),
                           .seed = said.at("seed")};
  for (const auto& clip : said.at("clips")) origin.clips.push_back({clip.at("name"), clip.at("sha256")});
  return origin;
} catch (const json::exception& error) {
  throw Error(ErrorKind::input,
              fmt::format("{}: {} in the metadata: {}", file.file->name(), kKey, error.what()));
}

InputRange range_in(const TensorFile& file, const std::string& name, const StoredTensor& stored) {
  std::vector<float> largest(stored.dtype == Dtype::f32 ? stored.size() / sizeof(float) : 0);
  if (!largest.empty()) stored.read(std::as_writable_bytes(std::span(largest)));
  const bool sizes =
      std::ranges::all_of(largest, [](float value) { return std::isfinite(value) && value >= 0; });
  if (largest.empty() || !sizes)
    throw Error(ErrorKind::input, fmt::format("{}: tensor {} is no list of sizes", file.file->name(), name),
                "the file is damaged: calibrate again");
  const auto middle = largest.begin() + std::ssize(largest) / 2;
  std::ranges::nth_element(largest, middle);
  return {.largest = std::ranges::max(largest), .middle = *middle};
}

}  // namespace

std::string format_origin(const CalibrationOrigin& origin) {
  auto clips = json::array();
  for (const auto& [name, sha256] : origin.clips) clips.push_back({{"name", name}, {"sha256", sha256}});
  return json{{"balance", origin.balance},
              {"checkpoint_sha256", origin.checkpoint_sha256},
              {"clips", clips},
              {"seed", origin.seed},
              {"steps", origin.steps},
              {"version", kVersion}}
      .dump(-1, ' ', false, json::error_handler_t::replace);
}

Calibration::Calibration(TensorFile file, std::string sha256, CalibrationOrigin origin)
    : file_(std::move(file)), sha256_(std::move(sha256)), origin_(std::move(origin)) {
  constexpr std::string_view kLargest = ".largest";
  for (const auto& [name, stored] : file_.tensors)
    if (name.ends_with(kLargest))
      ranges_[name.substr(0, name.size() - kLargest.size())] = range_in(file_, name, stored);
}

std::shared_ptr<const Calibration> Calibration::open(const std::filesystem::path& path) {
  auto file = open_tensor_file(path);
  auto origin = origin_in(file);
  auto sha256 = hash_of_file(*file.file);
  return std::shared_ptr<const Calibration>(
      new Calibration(std::move(file), std::move(sha256), std::move(origin)));
}

void Calibration::require_of(const Checkpoint& checkpoint) const {
  if (const auto asked = checkpoint.source_sha256(); asked != origin_.checkpoint_sha256)
    throw Error(ErrorKind::input,
                fmt::format("{} is a calibration of the checkpoint with SHA-256 {}, and {} has {}", name(),
                            origin_.checkpoint_sha256, checkpoint.path().string(), asked),
                "calibrate this checkpoint: octet calibrate");
}

std::vector<std::string> shared_clips(const Calibration& made_with, const Calibration& measured_with) {
  std::vector<std::string> shared;
  for (const auto& clip : measured_with.origin().clips)
    if (std::ranges::find(made_with.origin().clips, clip.sha256, &CalibrationClip::sha256) !=
        made_with.origin().clips.end())
      shared.push_back(clip.name);
  if (shared.empty()) return {};
  return {fmt::format("{} and {} share clips, which favours what is made with them: {}", made_with.name(),
                      measured_with.name(), fmt::join(shared, ", "))};
}

}  // namespace octet
