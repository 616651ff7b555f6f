#include "core/checkpoint/safetensors_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace octet {
namespace {

constexpr std::uint64_t kLengthBytes = 8;
constexpr std::uint64_t kMaxHeader = 100'000'000;
constexpr std::string_view kMetadata = "__metadata__";

struct Entry {
  std::string name;
  std::optional<Dtype> dtype;
  std::optional<Shape> shape;
  std::vector<std::uint64_t> offsets;
};

/// Follows the only grammar a header may have:
/// {"__metadata__": {"key": "text"}, "name": {"dtype": "F32", "shape": [1, 2], "data_offsets": [0, 8]}}.
/// Metadata may be null, and what else a tensor has is skipped. Events return false to stop, with `problem`.
class HeaderEvents : public nlohmann::json::json_sax_t {
 public:
  std::vector<Entry> entries;
  std::map<std::string, std::string> metadata;
  std::string problem;

  bool start_object(std::size_t) override {
    switch (place_) {
      case Place::skipped: ++skipped_depth_; return true;
      case Place::outside: place_ = Place::header; return true;
      case Place::header_value:
        place_ = name_ == kMetadata ? Place::metadata : Place::tensor;
        if (place_ == Place::tensor) entries.push_back({name_, {}, {}, {}});
        return true;
      default: return unexpected("an object");
    }
  }

  bool key(std::string& key) override {
    switch (place_) {
      case Place::header:
        if (!names_.emplace(key).second) return stop(fmt::format("the name {} appears twice", key));
        name_ = key;
        place_ = Place::header_value;
        return true;
      case Place::metadata:
        metadata_key_ = key;
        place_ = Place::metadata_value;
        return true;
      case Place::skipped: return true;
      default: return tensor_key(key);
    }
  }

  bool string(std::string& text) override {
    switch (place_) {
      case Place::metadata_value:
        metadata.insert_or_assign(metadata_key_, text);
        place_ = Place::metadata;
        return true;
      case Place::dtype:
        entries.back().dtype = dtype_from(text).value_or(Dtype::other);
        place_ = Place::tensor;
        return true;
      default: return skip() || unexpected("a string");
    }
  }

  bool start_array(std::size_t) override {
    if (place_ == Place::skipped) {
      ++skipped_depth_;
    } else if (place_ == Place::shape) {
      entries.back().shape.emplace();
      place_ = Place::shape_values;
    } else if (place_ == Place::offsets) {
      place_ = Place::offset_values;
    } else {
      return unexpected("an array");
    }
    return true;
  }

  bool number_unsigned(std::uint64_t value) override {
    if (place_ == Place::shape_values) {
      if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        return stop(fmt::format("tensor {}: its size overflows", name_));
      entries.back().shape->push_back(static_cast<std::int64_t>(value));
      return entries.back().shape->size() <= kMaxRank ||
             stop(fmt::format("tensor {}: more than {} dimensions", name_, kMaxRank));
    }
    if (place_ == Place::offset_values) {
      entries.back().offsets.push_back(value);
      return entries.back().offsets.size() <= 2 ||
             stop(fmt::format("tensor {}: more than two data_offsets", name_));
    }
    return skip() || unexpected("a number");
  }

  bool end_array() override {
    if (place_ == Place::skipped) return end_skipped();
    if (place_ == Place::offset_values && entries.back().offsets.size() != 2)
      return stop(fmt::format("tensor {}: data_offsets must be two numbers", name_));
    place_ = Place::tensor;
    return true;
  }

  bool end_object() override {
    if (place_ == Place::skipped) return end_skipped();
    if (place_ == Place::tensor) {
      const auto& entry = entries.back();
      if (!entry.dtype || !entry.shape || entry.offsets.empty())
        return stop(fmt::format("tensor {}: dtype, shape or data_offsets is missing", name_));
    }
    place_ = place_ == Place::header ? Place::outside : Place::header;
    return true;
  }

  bool null() override {
    if (place_ != Place::header_value || name_ != kMetadata) return skip() || unexpected("null");
    place_ = Place::header;
    return true;
  }
  bool number_integer(std::int64_t) override { return skip() || unexpected("a negative number"); }
  bool number_float(double, const std::string& text) override {
    return skip() || unexpected("the number " + text);
  }
  bool boolean(bool) override { return skip() || unexpected("true or false"); }
  bool binary(nlohmann::json::binary_t&) override { return unexpected("binary data"); }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) override {
    return stop(fmt::format("the header is not valid JSON at byte {}", position));
  }

 private:
  enum class Place {
    outside,
    header,
    header_value,
    metadata,
    metadata_value,
    tensor,
    dtype,
    shape,
    shape_values,
    offsets,
    offset_values,
    skipped
  };

  bool tensor_key(std::string_view key) {
    auto& entry = entries.back();
    const auto goes_to = [&](Place place, bool taken) {
      place_ = place;
      return !taken || stop(fmt::format("tensor {}: the key {} appears twice", name_, key));
    };
    if (key == "dtype") return goes_to(Place::dtype, entry.dtype.has_value());
    if (key == "shape") return goes_to(Place::shape, entry.shape.has_value());
    if (key == "data_offsets") return goes_to(Place::offsets, !entry.offsets.empty());
    return goes_to(Place::skipped, false);
  }

  /// Whether a value was one to be skipped.
  bool skip() {
    if (place_ != Place::skipped) return false;
    if (skipped_depth_ == 0) place_ = Place::tensor;
    return true;
  }
  bool end_skipped() {
    --skipped_depth_;
    return skip();
  }

  bool stop(std::string why) {
    problem = std::move(why);
    return false;
  }
  bool unexpected(std::string_view what) {
    if (place_ == Place::outside) return stop("the header is not a JSON object");
    if (name_ == kMetadata) return stop(fmt::format("__metadata__ may hold strings only, not {}", what));
    return stop(fmt::format("tensor {}: {} where it cannot be", name_, what));
  }

  Place place_ = Place::outside;
  std::string name_;
  std::string metadata_key_;
  std::size_t skipped_depth_ = 0;  ///< brackets open within the value that is skipped
  std::set<std::string> names_;
};

/// Elements times size, or nothing when that overflows.
std::optional<std::uint64_t> byte_count(const Shape& shape, Dtype dtype) {
  std::int64_t count = 1;
  for (const auto extent : shape)
    if (__builtin_mul_overflow(count, extent, &count)) return std::nullopt;
  if (__builtin_mul_overflow(count, static_cast<std::int64_t>(size_of(dtype)), &count)) return std::nullopt;
  return static_cast<std::uint64_t>(count);
}

}  // namespace

bool begins_like_safetensors(std::string_view begin) {
  std::uint64_t length = 0;
  if (begin.size() <= kLengthBytes) return false;
  std::memcpy(&length, begin.data(), kLengthBytes);
  return length <= kMaxHeader && begin[kLengthBytes] == '{';
}

TensorFile read_safetensors(std::shared_ptr<const HeldFile> file) {
  const auto size = file->size();
  const auto fail = [&](const std::string& why, const std::string& hint = {}) {
    throw Error(ErrorKind::input, fmt::format("{}: {}", file->name(), why), hint);
  };
  const std::string incomplete = "the download or copy is incomplete: get the file again";

  if (size < kLengthBytes) fail(fmt::format("truncated: a file of {} bytes has no header", size), incomplete);
  std::uint64_t header_bytes = 0;
  file->read(0, std::as_writable_bytes(std::span(&header_bytes, 1)));
  if (header_bytes > kMaxHeader)
    fail(fmt::format("not a safetensors file: its header would have {} bytes", header_bytes),
         "Octet reads .safetensors and .pt");
  if (header_bytes > size - kLengthBytes)
    fail(fmt::format("truncated: the header ends at byte {} but the file has {}", kLengthBytes + header_bytes,
                     size),
         incomplete);

  std::string text(header_bytes, '\0');
  file->read(kLengthBytes, std::as_writable_bytes(std::span(text)));
  const auto brace = text.find_first_not_of(" \t\r\n");
  if (brace == text.npos || text[brace] != '{')
    fail("not a safetensors file: its header does not begin with {");
  // The parser would take a NUL for the end of the text.
  if (text.find('\0') != text.npos) fail("the header holds a NUL byte");
  HeaderEvents header;
  if (!nlohmann::json::sax_parse(text, &header)) fail(header.problem);

  // Files in the wild list tensors in any order; only the data must be in one piece.
  std::ranges::sort(header.entries, {},
                    [](const Entry& entry) { return std::pair(entry.offsets[0], entry.offsets[1]); });
  TensorFile result;
  const auto data = kLengthBytes + header_bytes, data_size = size - data;
  std::uint64_t covered = 0;
  for (auto& [name, dtype, shape, offsets] : header.entries) {
    const auto [begin, end] = std::pair(offsets[0], offsets[1]);
    if (end < begin) fail(fmt::format("tensor {}: it ends at {}, before it begins at {}", name, end, begin));
    if (begin < covered) fail(fmt::format("tensor {}: it overlaps the tensor before it", name));
    if (begin > covered) fail(fmt::format("tensor {}: {} unused bytes before it", name, begin - covered));
    const auto needed = byte_count(*shape, *dtype);
    if (!needed) fail(fmt::format("tensor {}: its size overflows", name));
    if (*needed != end - begin && dtype != Dtype::other)
      fail(fmt::format("tensor {}: {} {} needs {} bytes, but it has {}", name, to_string(*dtype), *shape,
                       *needed, end - begin));
    if (end > data_size)
      fail(fmt::format("truncated: tensor {} ends at byte {} but the file has {}", name, data + end, size),
           incomplete);
    covered = end;
    result.tensors.emplace(std::move(name), StoredTensor{*dtype, std::move(*shape), file, data + begin, {}});
  }
  if (covered < data_size) fail(fmt::format("{} bytes after the last tensor", data_size - covered));

  result.metadata = std::move(header.metadata);
  result.file = std::move(file);
  return result;
}

}  // namespace octet
