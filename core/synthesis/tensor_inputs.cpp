#include "core/synthesis/tensor_inputs.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

#include "core/checkpoint/read_tensors.h"
#include "core/checkpoint/safetensors_writer.h"
#include "core/error.h"
#include "core/synthesis/host_tensors.h"

namespace octet {
namespace {

using Tensors = std::map<std::string, at::Tensor>;

Error wrong(const std::filesystem::path& path, const std::string& what) {
  return {ErrorKind::input, path.string() + ": " + what};
}

/// The tensor of this name, floating or integer as asked, without a leading batch axis of 1.
at::Tensor pick(const Tensors& tensors, const std::string& name, bool integer,
                const std::filesystem::path& path) {
  auto found = tensors.find(name);
  if (found == tensors.end()) found = tensors.find("gen." + name);
  if (found == tensors.end()) throw wrong(path, "has no tensor " + name);
  const auto& tensor = found->second;
  if (at::isIntegralType(tensor.scalar_type(), /*includeBool=*/false) != integer)
    throw wrong(path, fmt::format("tensor {} must be {}, not {}", name, integer ? "I32 or I64" : "floating",
                                  c10::toString(tensor.scalar_type())));
  return tensor.dim() > 1 && tensor.size(0) == 1 ? tensor[0] : tensor;
}

std::vector<std::int64_t> to_ids(const at::Tensor& tensor, const std::string& name,
                                 const std::filesystem::path& path) {
  if (tensor.dim() != 1)
    throw wrong(path, fmt::format("tensor {} must be [1,N], not {}", name, fmt::join(tensor.sizes(), "x")));
  return std::get<1>(to_host(tensor).values);
}

std::vector<float> to_floats(const at::Tensor& tensor, const std::string& name,
                             const std::filesystem::path& path) {
  const auto exact = tensor.to(at::kFloat);
  if (!at::isfinite(exact).all().item<bool>())
    throw wrong(path, "tensor " + name + " holds values that are not finite");
  return std::get<0>(to_host(exact).values);
}

/// Elements of a NumPy array, from the `'shape': (1, 25),` of its header.
std::uint64_t promised_elements(const std::string& header) {
  constexpr std::string_view kShape = "'shape': (";
  const auto begin = std::min(header.find(kShape), header.size() - kShape.size()) + kShape.size();
  std::istringstream extents(header.substr(begin, header.find(')', begin) - begin));
  std::uint64_t count = 1;
  for (std::string extent; std::getline(extents, extent, ',');)
    if (extent.find_first_not_of(' ') != std::string::npos)
      count *= std::strtoull(extent.c_str(), nullptr, 10);
  return count;
}

/// A NumPy array of integers: version 1 headers (numpy/lib/format.py).
at::Tensor read_npy_integers(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const auto text = bytes.size() > 10 ? bytes.substr(10, 256) : std::string();
  const auto end = text.find('\n');
  const bool wide = text.find("'<i8'") < end, narrow = text.find("'<i4'") < end;
  if (!bytes.starts_with("\x93NUMPY") || bytes[6] != 1 || end == std::string::npos || (!wide && !narrow))
    throw wrong(path, "is not a NumPy array of int32 or int64");
  const auto data = bytes.substr(10 + end + 1);
  const auto width = wide ? sizeof(std::int64_t) : sizeof(std::int32_t);
  const auto promised = promised_elements(text.substr(0, end));
  if (data.size() != promised * width)
    throw wrong(
        path,
        fmt::format("is truncated or damaged: its header promises {} values of {} bytes, {} bytes follow",
                    promised, width, data.size()));
  return at::from_blob(const_cast<char*>(data.data()), {static_cast<std::int64_t>(data.size() / width)},
                       wide ? at::kLong : at::kInt)
      .to(at::kLong)
      .clone();
}

}  // namespace

Conditioning read_conditioning(const std::filesystem::path& path) {
  const auto tensors = read_tensors(path);
  Conditioning voice;
  voice.prompt_token = to_ids(pick(tensors, "prompt_token", true, path), "prompt_token", path);
  const auto feat = pick(tensors, "prompt_feat", false, path);
  if (feat.dim() != 2 || feat.size(1) != 80)
    throw wrong(path,
                fmt::format("tensor prompt_feat must be [1,F,80], not {}", fmt::join(feat.sizes(), "x")));
  voice.prompt_feat = to_floats(feat, "prompt_feat", path);
  const auto embedding = pick(tensors, "embedding", false, path);
  if (embedding.dim() != 1)
    throw wrong(path,
                fmt::format("tensor embedding must be [1,E], not {}", fmt::join(embedding.sizes(), "x")));
  voice.embedding = to_floats(embedding, "embedding", path);
  return voice;
}

std::vector<std::int64_t> read_tokens(const std::filesystem::path& path) {
  std::error_code ignored;
  if (path.extension() == ".npy" && std::filesystem::exists(path, ignored))
    return to_ids(read_npy_integers(path), "", path);
  const auto tensors = read_tensors(path);
  const auto name = tensors.size() == 1 ? tensors.begin()->first : "speech_tokens";
  return to_ids(pick(tensors, name, true, path), name, path);
}

InjectedNoise read_noise(const std::filesystem::path& path) {
  const auto tensors = read_tensors(path);
  InjectedNoise noise;
  for (const auto& [name, tensor] : tensors) {
    constexpr std::array kNames{"cfm_noise", "noised_mels", "sine_phase", "sine_noise", "source"};
    if (std::ranges::find(kNames, name) == kNames.end())
      throw wrong(path,
                  "tensor " + name +
                      " is no noise; known are cfm_noise, noised_mels, sine_phase, sine_noise and source");
    noise[name] = {tensor.sizes().vec(), to_floats(tensor, name, path)};
  }
  return noise;
}

void write_tensors(const std::filesystem::path& path, const HostTensors& tensors) {
  std::vector<TensorSource> sources;
  for (const auto& [name, tensor] : tensors) {
    const bool real = std::holds_alternative<std::vector<float>>(tensor.values);
    sources.push_back({name, real ? Dtype::f32 : Dtype::i64, tensor.shape, [&tensor](const ByteSink& sink) {
                         std::visit([&](const auto& values) { sink(std::as_bytes(std::span(values))); },
                                    tensor.values);
                       }});
  }
  write_safetensors(path, std::move(sources), {}, {});
}

HostTensors to_tensors(const Conditioning& voice) {
  const auto count = [](const auto& values) { return static_cast<std::int64_t>(values.size()); };
  return {{"prompt_token", {{1, count(voice.prompt_token)}, voice.prompt_token}},
          {"prompt_feat", {{1, count(voice.prompt_feat) / 80, 80}, voice.prompt_feat}},
          {"embedding", {{1, count(voice.embedding)}, voice.embedding}}};
}

}  // namespace octet
