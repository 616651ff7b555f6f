#include "core/checkpoint/safetensors_writer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <utility>

namespace octet {
namespace {

/// Position in the enum of safetensors/src/tensor.rs: larger alignment later, so it is written first.
int alignment_rank(Dtype dtype) {
  constexpr std::array kAscending{Dtype::boolean, Dtype::u8,  Dtype::i8,  Dtype::f8_e5m2, Dtype::f8_e4m3,
                                  Dtype::i16,     Dtype::u16, Dtype::f16, Dtype::bf16,    Dtype::i32,
                                  Dtype::u32,     Dtype::f32, Dtype::f64, Dtype::i64,     Dtype::u64};
  return static_cast<int>(std::ranges::find(kAscending, dtype) - kAscending.begin());
}

std::uint64_t byte_count(const TensorSource& tensor) {
  return static_cast<std::uint64_t>(element_count(tensor.shape)) * size_of(tensor.dtype);
}

std::vector<const TensorSource*> in_file_order(std::span<const TensorSource> tensors) {
  std::vector<const TensorSource*> order;
  for (const auto& tensor : tensors) order.push_back(&tensor);
  std::ranges::sort(order, {}, [](const TensorSource* tensor) {
    return std::pair(-alignment_rank(tensor->dtype), std::string_view(tensor->name));
  });
  std::set<std::string_view> names;
  for (const auto& tensor : tensors)
    if (!names.insert(tensor.name).second)
      throw Error(ErrorKind::output, fmt::format("two tensors are called {}", tensor.name));
  return order;
}

std::string quoted(const std::string& text) {
  try {
    return nlohmann::json(text).dump();
  } catch (const nlohmann::json::exception&) {
    throw Error(ErrorKind::output, "a tensor name or a metadata text is not UTF-8");
  }
}

/// The JSON, padded with spaces so that the data begins at a multiple of 8.
std::string header_text(std::span<const TensorSource* const> order,
                        const std::map<std::string, std::string>& metadata) {
  std::vector<std::string> members;
  if (!metadata.empty()) {
    std::vector<std::string> pairs;
    pairs.reserve(metadata.size());
    for (const auto& [key, value] : metadata) pairs.push_back(quoted(key) + ":" + quoted(value));
    members.push_back(fmt::format(R"("__metadata__":{{{}}})", fmt::join(pairs, ",")));
  }
  std::uint64_t offset = 0;
  for (const auto* tensor : order) {
    const auto end = offset + byte_count(*tensor);
    members.push_back(fmt::format(R"({}:{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})",
                                  quoted(tensor->name), to_string(tensor->dtype),
                                  fmt::join(tensor->shape, ","), offset, end));
    offset = end;
  }
  auto text = fmt::format("{{{}}}", fmt::join(members, ","));
  text.resize((text.size() + 7) / 8 * 8, ' ');
  return text;
}

}  // namespace

std::uint64_t predicted_size(std::span<const TensorSource> tensors,
                             const std::map<std::string, std::string>& metadata) {
  std::uint64_t size = sizeof(std::uint64_t) + header_text(in_file_order(tensors), metadata).size();
  for (const auto& tensor : tensors) size += byte_count(tensor);
  return size;
}

void write_safetensors(const std::filesystem::path& path, std::vector<TensorSource> tensors,
                       const std::map<std::string, std::string>& metadata, const JobControl& job) {
  const auto order = in_file_order(tensors);
  const auto header = header_text(order, metadata);
  Progress progress{"writing " + path.filename().string(), 0, static_cast<int>(order.size())};
  write_file_atomically(path, [&](const ByteSink& sink) {
    const std::uint64_t length = header.size();
    sink(std::as_bytes(std::span(&length, 1)));
    sink(std::as_bytes(std::span(header)));
    for (const auto* tensor : order) {
      job.at(progress);
      std::uint64_t written = 0;
      tensor->produce([&](std::span<const std::byte> bytes) {
        job.at(progress);
        written += bytes.size();
        sink(bytes);
      });
      if (written != byte_count(*tensor))
        throw Error(ErrorKind::output,
                    fmt::format("{}: tensor {} came with {} bytes instead of {}", path.string(), tensor->name,
                                written, byte_count(*tensor)));
      ++progress.done;
    }
    job.at(progress);
  });
}

}  // namespace octet
