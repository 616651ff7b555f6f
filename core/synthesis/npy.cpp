#include "core/synthesis/npy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>

#include "core/checkpoint/tensor_file.h"
#include "core/error.h"

namespace octet {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::string_view kMagic = "\x93NUMPY";

/// The entries of the header, a Python dict.
struct Header {
  std::string_view type;  ///< such as "<i8": byte order, kind, bytes
  Shape shape;
};

class NpyReader {
 public:
  NpyReader(Bytes bytes, const std::string& origin) : bytes_(bytes), origin_(origin) {}

  IntegerArray read() const {
    const auto [text, data] = split();
    const auto header = header_of(text);
    const auto type = header.type;
    const auto is_one_of = [&](std::size_t at, std::string_view known) {
      return known.find(type[at]) != known.npos;
    };
    if (type.size() != 3 || !is_one_of(0, "<>|") || !is_one_of(1, "iu") || !is_one_of(2, "1248"))
      refuse_type(type);
    const auto width = static_cast<std::size_t>(type[2] - '0');
    const auto count = count_of(header.shape);
    if (!count || *count > data.size() / width || *count * width != data.size())
      fail(fmt::format("truncated or damaged: its header promises {} values of {} bytes, {} bytes follow",
                       fmt::join(header.shape, "x"), width, data.size()));
    IntegerArray array{header.shape, std::vector<std::int64_t>(*count)};
    for (std::size_t i = 0; i < *count; ++i) array.values[i] = value(data.subspan(i * width, width), type);
    return array;
  }

 private:
  [[noreturn]] void fail(const std::string& what, const std::string& hint = {}) const {
    throw Error(ErrorKind::input, fmt::format("{}: {}", origin_, what), hint);
  }
  [[noreturn]] void refuse_type(std::string_view type) const {
    fail(fmt::format("this is a NumPy array of the type {}, not of integers", type),
         "save it as integers: np.save(path, np.asarray(tokens).astype(np.int64))");
  }

  /// Header and data: magic, two bytes of version, length of the header in two bytes, from version 2 in four.
  std::pair<std::string_view, Bytes> split() const {
    constexpr std::size_t kLengthAt = 8;
    const auto version = bytes_.size() > kLengthAt ? std::to_integer<int>(bytes_[kMagic.size()]) : 0;
    if (version < 1 || version > 3) fail("this is no NumPy array of format 1, 2 or 3");
    const std::size_t width = version == 1 ? 2 : 4;
    std::uint32_t length = 0;
    if (bytes_.size() < kLengthAt + width) fail("truncated");
    std::memcpy(&length, bytes_.data() + kLengthAt, width);
    const auto rest = bytes_.subspan(kLengthAt + width);
    if (length > rest.size()) fail("truncated");
    return {{reinterpret_cast<const char*>(rest.data()), length}, rest.subspan(length)};
  }

  /// What follows `'key':` in the header, to its end.
  std::string_view value_of(std::string_view header, std::string_view key) const {
    const auto at = header.find(fmt::format("'{}':", key));
    if (at == header.npos) fail(fmt::format("damaged: its header has no {}", key));
    const auto value = header.substr(at + key.size() + 3);
    return value.substr(std::min(value.find_first_not_of(' '), value.size()));
  }

  Header header_of(std::string_view text) const {
    Header header;
    const auto type = value_of(text, "descr");
    const bool plain = type.starts_with('\'');  // else a list of fields
    header.type = plain ? type.substr(1, type.find('\'', 1) - 1) : type.substr(0, type.find(']') + 1);
    auto extents = value_of(text, "shape");
    extents = extents.substr(0, extents.find(')'));
    while (!extents.empty()) {
      const auto digit = extents.find_first_of("0123456789");
      if (digit == extents.npos) break;
      extents.remove_prefix(digit);
      std::int64_t extent = 0;
      const auto [end, error] = std::from_chars(extents.data(), extents.data() + extents.size(), extent);
      if (error != std::errc() || header.shape.size() == kMaxRank) fail("damaged: a wrong shape");
      header.shape.push_back(extent);
      extents.remove_prefix(static_cast<std::size_t>(end - extents.data()));
    }
    return header;
  }

  static std::optional<std::size_t> count_of(const Shape& shape) {
    std::size_t count = 1;
    for (const auto extent : shape)
      if (__builtin_mul_overflow(count, static_cast<std::size_t>(extent), &count)) return std::nullopt;
    return count;
  }

  std::int64_t value(Bytes element, std::string_view type) const {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < element.size(); ++i) {
      const auto at = type[0] == '>' ? element.size() - 1 - i : i;
      value |= std::to_integer<std::uint64_t>(element[at]) << (8 * i);
    }
    const auto sign = std::uint64_t{1} << (8 * element.size() - 1);
    if (type[1] == 'i' && (value & sign) != 0) value |= ~(sign - 1);
    if (type[1] == 'u' && value > std::uint64_t{std::numeric_limits<std::int64_t>::max()})
      fail(fmt::format("holds {}, which is beyond int64", value));
    return static_cast<std::int64_t>(value);
  }

  Bytes bytes_;
  const std::string& origin_;
};

}  // namespace

bool is_npy(std::string_view begin) { return begin.starts_with(kMagic); }

IntegerArray read_npy_integers(Bytes bytes, const std::string& origin) {
  return NpyReader(bytes, origin).read();
}

}  // namespace octet
