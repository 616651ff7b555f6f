// Writes a checkpoint of the published model's size with random weights, and a request for three seconds of
// speech: make_full_size_checkpoint FOLDER gives checkpoint.safetensors (1.06 GB), tokens.safetensors and
// conds.safetensors.

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/checkpoint/safetensors_writer.h"
#include "core/error.h"

using namespace octet;

namespace {

/// What keeps signals about as large as they came: every sum of products has unit gain.
struct Values {
  float center = 0;
  float spread = 0;  ///< standard deviation
};

Values values_of(const std::string& name, const Shape& shape) {
  const auto ends = [&](std::string_view end) { return name.ends_with(end); };
  if (name == "tokenizer._mel_filters" || name == "tokenizer.window") return {0.01f, 0.005f};
  if (ends(".running_mean") || ends(".bias")) return {0, 0};
  // The magnitudes of weight norm, scales of norms, and Snake's alpha.
  if (ends(".running_var") || ends(".alpha") || ends(".original0") || shape.size() == 1) return {1, 0};
  std::int64_t inputs = 1;
  for (std::size_t axis = 1; axis < shape.size(); ++axis) inputs *= shape[axis];
  return {0, 1 / std::sqrt(static_cast<float>(inputs))};
}

/// Uniform values, the same for the same seed (xorshift64*, Vigna 2016).
class Draws {
 public:
  explicit Draws(std::uint64_t seed) : state_(seed * 2 + 1) {}

  float next(const Values& values) {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    const auto unit = static_cast<float>((state_ * 0x2545F4914F6CDD1Dull) >> 40) / (1 << 24);
    constexpr float kUniformSpread = 0.28867513f;  // of [0, 1)
    return values.center + (unit - 0.5f) / kUniformSpread * values.spread;
  }

 private:
  std::uint64_t state_;
};

TensorSource random_tensor(const std::string& name, const Shape& shape, Values values) {
  return {name, Dtype::f32, shape, [name, shape, values](const ByteSink& sink) {
            Draws draws(std::hash<std::string>()(name));
            std::vector<float> piece;
            for (auto left = element_count(shape); left > 0;
                 left -= static_cast<std::int64_t>(piece.size())) {
              piece.resize(static_cast<std::size_t>(std::min<std::int64_t>(left, 1 << 16)));
              for (auto& value : piece) value = draws.next(values);
              sink(std::as_bytes(std::span(piece)));
            }
          }};
}

TensorSource counted_tensor(const std::string& name, const Shape& shape) {
  return {name, Dtype::i64, shape, [shape](const ByteSink& sink) {
            std::vector<std::int64_t> values(static_cast<std::size_t>(element_count(shape)));
            for (std::size_t i = 0; i < values.size(); ++i)
              values[i] = static_cast<std::int64_t>(i * 977 % 6561);
            sink(std::as_bytes(std::span(values)));
          }};
}

void write_model(const std::filesystem::path& folder) {
  std::ifstream file(OCTET_SOURCE_DIR "/tests/data/s3gen-manifest.json");
  std::vector<TensorSource> tensors;
  const auto manifest = nlohmann::json::parse(file);
  for (const auto& [name, extents] : manifest.at("standard").items()) {
    const auto shape = extents.get<Shape>();
    tensors.push_back(name.ends_with(".num_batches_tracked")
                          ? counted_tensor(name, shape)
                          : random_tensor(name, shape, values_of(name, shape)));
  }
  write_safetensors(folder / "checkpoint.safetensors", std::move(tensors), {}, {});
}

void write_request(const std::filesystem::path& folder) {
  write_safetensors(folder / "tokens.safetensors", {counted_tensor("speech_tokens", {1, 75})}, {}, {});
  write_safetensors(
      folder / "conds.safetensors",
      {counted_tensor("prompt_token", {1, 50}), random_tensor("prompt_feat", {1, 100, 80}, {-5, 1}),
       random_tensor("embedding", {1, 192}, {0, 1})},
      {}, {});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: make_full_size_checkpoint FOLDER\n";
    return static_cast<int>(ErrorKind::usage);
  }
  try {
    write_model(argv[1]);
    write_request(argv[1]);
  } catch (const Error& error) {
    std::cerr << "make_full_size_checkpoint: " << error.what() << '\n';
    return static_cast<int>(error.kind());
  }
}
