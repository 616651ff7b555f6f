#pragma once

#include <unistd.h>

#include <QtTest>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/checkpoint/safetensors_writer.h"
#include "core/checkpoint/tensor_file.h"
#include "core/error.h"

namespace octet::test {

inline const std::filesystem::path kDemo = OCTET_SOURCE_DIR "/resources/demo_voice/s3gen_demo.safetensors";

/// A tensor in memory, to be changed and written.
struct Loose {
  Dtype dtype = Dtype::f32;
  Shape shape;
  std::string bytes;
};
using LooseTensors = std::map<std::string, Loose>;

inline LooseTensors load(const std::filesystem::path& path) {
  LooseTensors tensors;
  const auto file = open_tensor_file(path);
  for (const auto& [name, t] : file.tensors) {
    tensors[name] = {t.dtype, t.shape, std::string(t.size(), '\0')};
    t.read(std::as_writable_bytes(std::span(tensors[name].bytes)));
  }
  return tensors;
}

inline void save(const std::filesystem::path& path, const LooseTensors& tensors,
                 const std::map<std::string, std::string>& metadata = {}) {
  std::vector<TensorSource> sources;
  for (const auto& [name, t] : tensors)
    sources.push_back(
        {name, t.dtype, t.shape, [&t](const ByteSink& sink) { sink(std::as_bytes(std::span(t.bytes))); }});
  write_safetensors(path, sources, metadata, {});
}

inline Loose floats(Shape shape, const std::vector<float>& values) {
  return {Dtype::f32,
          std::move(shape),
          {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)}};
}

/// Names and shapes of the published full-size model.
inline std::map<std::string, Shape> manifest() {
  std::ifstream file(OCTET_SOURCE_DIR "/tests/data/s3gen-manifest.json");
  return nlohmann::json::parse(file).at("standard").get<std::map<std::string, Shape>>();
}

/// A safetensors file of these shapes whose data is a hole: full size, no disk space. Its layout is made
/// here, not by the writer under test.
inline void write_sparse(const std::filesystem::path& path, const std::map<std::string, Shape>& shapes) {
  auto header = nlohmann::json::object();
  std::uint64_t offset = 0;
  for (const auto& [name, shape] : shapes) {
    const bool counter = name.ends_with("num_batches_tracked");
    const auto end = offset + static_cast<std::uint64_t>(element_count(shape)) * (counter ? 8 : 4);
    header[name] = {{"dtype", counter ? "I64" : "F32"}, {"shape", shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  const auto text = header.dump();
  const std::uint64_t length = text.size();
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(&length), sizeof length);
  file << text;
  file.close();
  if (::truncate(path.c_str(), static_cast<off_t>(sizeof length + length + offset)) != 0)
    qFatal("cannot make a sparse file");
}

inline void write_bytes(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

inline std::string read_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Header length, header, data.
inline std::string safetensors(std::string_view header, std::string_view data = {}) {
  const std::uint64_t length = header.size();
  std::string bytes(sizeof length, '\0');
  std::memcpy(bytes.data(), &length, sizeof length);
  return bytes.append(header).append(data);
}

/// The Error that `work` throws; fails the test through an impossible kind when it throws none.
template <typename Work>
Error error_of(Work&& work) {
  try {
    work();
  } catch (const Error& error) {
    return error;
  }
  return Error(static_cast<ErrorKind>(0), "nothing was thrown");
}

}  // namespace octet::test

/// Asserts the kind and that the message holds `text`.
#define COMPARE_ERROR(work, wanted_kind, text)                                                  \
  do {                                                                                          \
    const auto thrown = octet::test::error_of([&] { work; });                                   \
    QVERIFY2(QByteArray(thrown.what()).contains(text), thrown.what());                          \
    QCOMPARE(static_cast<int>(thrown.kind()), static_cast<int>(octet::ErrorKind::wanted_kind)); \
  } while (false)
