#include "core/checkpoint/pt_writer.h"

#include <caffe2/serialize/inline_container.h>

#include <cstdint>
#include <span>
#include <string_view>

#include "core/atomic_file.h"

namespace octet {
namespace {

using Entry = PtEntries::const_iterator;

std::span<const std::byte> bytes_of(const HostTensor& tensor) {
  return std::visit([](const auto& values) { return std::as_bytes(std::span(values)); }, tensor.values);
}

/// The pickle of nested dicts (protocol 2; opcodes as in Python's pickletools). Storages are counted from 0
/// in the order of the entries.
class PtPickle {
 public:
  std::string of(const PtEntries& entries) {
    bytes_ = "\x80\x02";  // PROTO 2
    dict(entries.begin(), entries.end(), 0);
    return std::move(bytes_ += '.');
  }

 private:
  void raw(std::string_view bytes) { bytes_ += bytes; }

  void little_endian(std::uint32_t value) {
    for (int byte = 0; byte < 4; ++byte) bytes_ += static_cast<char>(value >> 8 * byte & 0xff);
  }

  void integer(std::int64_t value) {
    raw("\x8a\x08");  // LONG1, of 8 bytes
    little_endian(static_cast<std::uint32_t>(value));
    little_endian(static_cast<std::uint32_t>(value >> 32));
  }

  void text(std::string_view value) {
    bytes_ += 'X';
    little_endian(static_cast<std::uint32_t>(value.size()));
    raw(value);
  }

  void tuple(const std::vector<std::int64_t>& values) {
    bytes_ += '(';
    for (const auto value : values) integer(value);
    bytes_ += 't';
  }

  /// torch._utils._rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks)
  void tensor(const HostTensor& value) {
    const bool real = std::holds_alternative<std::vector<float>>(value.values);
    std::vector<std::int64_t> strides(value.shape.size(), 1);
    for (std::size_t i = strides.size(); i-- > 1;) strides[i - 1] = strides[i] * value.shape[i];
    raw("ctorch._utils\n_rebuild_tensor_v2\n((");
    text("storage");
    raw(real ? "ctorch\nFloatStorage\n" : "ctorch\nLongStorage\n");
    text(std::to_string(storages_++));
    text("cpu");
    integer(element_count(value.shape));
    raw("tQ");  // BINPERSID
    integer(0);
    tuple(value.shape);
    tuple(strides);
    raw("\x89"  // False
        "ccollections\nOrderedDict\n)RtR");
  }

  /// The entries from `at` to `end`, whose first `depth` characters of the path lead here.
  void dict(Entry at, Entry end, std::size_t depth) {
    raw("}(");
    while (at != end) {
      const auto dot = at->first.find('.', depth);
      text(std::string_view(at->first).substr(depth, dot - depth));
      if (dot == std::string::npos) {
        if (at->second)
          tensor(*at->second);
        else
          bytes_ += 'N';
        ++at;
        continue;
      }
      const auto prefix = at->first.substr(0, dot + 1);
      auto after = at;
      while (after != end && after->first.starts_with(prefix)) ++after;
      dict(at, after, dot + 1);
      at = after;
    }
    bytes_ += 'u';
  }

  std::string bytes_;
  int storages_ = 0;
};

std::string archive_of(const PtEntries& entries) {
  std::string archive;
  caffe2::serialize::PyTorchStreamWriter writer([&](const void* bytes, std::size_t count) {
    archive.append(static_cast<const char*>(bytes), count);
    return count;
  });
  const auto record = [&](const std::string& name, std::span<const std::byte> bytes) {
    writer.writeRecord(name, bytes.data(), bytes.size());
  };
  const auto pickle = PtPickle().of(entries);
  record("data.pkl", std::as_bytes(std::span(pickle)));
  record("byteorder", std::as_bytes(std::span(std::string_view("little"))));
  int storage = 0;
  for (const auto& [path, tensor] : entries)
    if (tensor) record("data/" + std::to_string(storage++), bytes_of(*tensor));
  writer.writeEndOfFile();
  return archive;
}

}  // namespace

void write_pt(const std::filesystem::path& path, const PtEntries& entries) {
  const auto archive = archive_of(entries);
  write_file_atomically(path, [&](const ByteSink& sink) { sink(std::as_bytes(std::span(archive))); });
}

}  // namespace octet
