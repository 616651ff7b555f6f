#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/checkpoint/checkpoint.h"
#include "core/error.h"
#include "tests/layer_table_from_manifest.h"

namespace octet::test {

/// A full-size model without a file: what only looks at layers needs no weights.
class PaperCheckpoint : public Checkpoint {
 public:
  PaperCheckpoint() : layers_(layer_table_from_manifest()) {
    for (const auto& layer : layers_)
      if (components_.empty() || components_.back() != layer.component)
        components_.push_back(layer.component);
  }
  const std::filesystem::path& path() const override { return path_; }
  std::uint64_t file_bytes() const override { return 0; }
  Variant variant() const override { return Variant::chatterbox; }
  const LayerTable& layers() const override { return layers_; }
  const std::vector<std::string>& components() const override { return components_; }
  const std::map<std::string, std::string>& metadata() const override { return metadata_; }
  const std::vector<std::string>& unexpected() const override { return none_; }
  const std::vector<std::string>& absent() const override { return none_; }
  StoredTensor tensor(std::string_view) const override {
    throw Error(ErrorKind::input, "there are no weights");
  }
  bool has(std::string_view) const override { return false; }
  std::string source_sha256() const override { return {}; }

 private:
  std::filesystem::path path_ = "paper";
  LayerTable layers_;
  std::vector<std::string> components_;
  std::map<std::string, std::string> metadata_;
  std::vector<std::string> none_;
};

inline std::shared_ptr<const Checkpoint> full_size() {
  static const auto checkpoint = std::make_shared<const PaperCheckpoint>();
  return checkpoint;
}

}  // namespace octet::test
