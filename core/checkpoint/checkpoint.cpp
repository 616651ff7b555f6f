#include "core/checkpoint/checkpoint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <set>
#include <span>

#include "core/checkpoint/schema.h"
#include "core/checkpoint/sha256.h"
#include "core/error.h"

namespace octet {
namespace {

using Tensors = std::map<std::string, StoredTensor, std::less<>>;

constexpr std::array kVariants{std::pair{Variant::chatterbox, std::string_view("chatterbox")},
                               std::pair{Variant::v3, std::string_view("v3")},
                               std::pair{Variant::meanflow, std::string_view("meanflow")},
                               std::pair{Variant::cosyvoice2, std::string_view("cosyvoice2")}};

bool begins_with_component(std::string_view name) {
  return std::ranges::any_of(kComponents, [&](std::string_view component) {
    return name.starts_with(component) && name.substr(component.size()).starts_with('.');
  });
}

/// CosyVoice2 keeps each component in a file of its own, without its prefix.
std::string with_component(const std::string& name) {
  constexpr std::array<std::string_view, 5> kFlow{"input_embedding.", "spk_embed_affine_layer.", "encoder.",
                                                  "encoder_proj.", "decoder."};
  constexpr std::array<std::string_view, 8> kMel2wav{"conv_pre.",         "ups.",         "source_downs.",
                                                     "source_resblocks.", "resblocks.",   "conv_post.",
                                                     "m_source.",         "f0_predictor."};
  const auto begins = [&](std::string_view prefix) { return name.starts_with(prefix); };
  if (begins("generator.")) return "mel2wav." + name.substr(std::string_view("generator.").size());
  if (std::ranges::any_of(kFlow, begins)) return "flow." + name;
  if (std::ranges::any_of(kMel2wav, begins)) return "mel2wav." + name;
  return name;
}

std::string with_current_weight_norm(const std::string& name) {
  const auto respell = [&](std::string_view old_suffix, std::string_view suffix) {
    return name.substr(0, name.size() - old_suffix.size()).append(suffix);
  };
  if (name.ends_with(".weight_g")) return respell(".weight_g", kMagnitude);
  if (name.ends_with(".weight_v")) return respell(".weight_v", kDirection);
  return name;
}

std::string without_wrapper(const std::string& name) {
  for (const std::string_view wrapper : {"state_dict.", "model."})
    if (name.starts_with(wrapper)) return name.substr(wrapper.size());
  return name;
}

std::string list(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 20;
  const auto shown = std::span(names).first(std::min(names.size(), kShown));
  const auto rest = names.size() - shown.size();
  return fmt::format("{}{}", fmt::join(shown, ", "), rest > 0 ? fmt::format(" and {} more", rest) : "");
}

class FileCheckpoint final : public Checkpoint {
 public:
  explicit FileCheckpoint(const std::filesystem::path& path) : path_(path), file_(open_tensor_file(path)) {
    const bool prefixed = std::ranges::any_of(
        file_.tensors, [](const auto& entry) { return begins_with_component(without_wrapper(entry.first)); });
    rename(prefixed);
    auto model = read_model(file_.tensors);
    if (model.components.empty())
      fail(
          "this is not an S3Gen model: no tensor of its tokenizer, speaker encoder, flow or vocoder is in it",
          "give s3gen.safetensors or s3gen.pt; t3 and voice encoder files are other models");
    check(model);

    layers_ = std::move(model.layers);
    components_ = std::move(model.components);
    unexpected_ = std::move(model.unexpected);
    absent_ = std::move(model.absent);
    const bool tokenizer = components_.front() == kComponents[0];
    variant_ = !prefixed                          ? Variant::cosyvoice2
               : model.meanflow                   ? Variant::meanflow
               : tokenizer && absent_.size() == 2 ? Variant::v3
                                                  : Variant::chatterbox;
    if (file_.metadata.contains("octet_format")) read_export(model.meanflow);
  }

  const std::filesystem::path& path() const override { return path_; }
  std::uint64_t file_bytes() const override { return file_.file->size(); }
  Variant variant() const override { return variant_; }
  const LayerTable& layers() const override { return layers_; }
  const std::vector<std::string>& components() const override { return components_; }
  const std::map<std::string, std::string>& metadata() const override { return file_.metadata; }
  const std::vector<std::string>& unexpected() const override { return unexpected_; }
  const std::vector<std::string>& absent() const override { return absent_; }

  StoredTensor tensor(std::string_view name) const override {
    const auto found = file_.tensors.find(name);
    if (found == file_.tensors.end()) fail(fmt::format("there is no tensor {}", name));
    return found->second;
  }
  bool has(std::string_view name) const override { return file_.tensors.find(name) != file_.tensors.end(); }

  std::string source_sha256() const override {
    std::call_once(hashed_, [this] {
      if (source_sha256_.empty()) source_sha256_ = hash_of_file();
    });
    return source_sha256_;
  }
  void check_unchanged() const override { file_.file->check_unchanged(); }

 private:
  [[noreturn]] void fail(const std::string& why, const std::string& hint = {}) const {
    throw Error(ErrorKind::input, fmt::format("{}: {}", file_.file->name(), why), hint);
  }

  void rename(bool prefixed) {
    Tensors canonical;
    for (auto& [name, tensor] : file_.tensors) {
      auto bare = without_wrapper(name);
      auto renamed = with_current_weight_norm(prefixed ? bare : with_component(bare));
      if (!canonical.emplace(renamed, std::move(tensor)).second)
        fail(fmt::format("{} is there twice, once as {}", renamed, name));
    }
    file_.tensors = std::move(canonical);
  }

  void check(const ModelReading& model) const {
    std::vector<std::string> problems;
    if (!model.missing.empty())
      problems.push_back(fmt::format("{} tensor{} missing: {}", model.missing.size(),
                                     model.missing.size() == 1 ? " is" : "s are", list(model.missing)));
    if (!model.wrong.empty()) problems.push_back(list(model.wrong));
    if (problems.empty()) return;
    fail(fmt::format("this S3Gen model is not whole: {}", fmt::join(problems, "; ")),
         "the file may be of another model or version, or was changed by another program");
  }

  /// What Octet's own exports say about themselves has to be true.
  void read_export(bool meanflow) {
    const auto value = [&](const std::string& key) -> const std::string& {
      const auto found = file_.metadata.find(key);
      if (found == file_.metadata.end()) fail(fmt::format("an Octet export without {} in its metadata", key));
      return found->second;
    };
    if (value("octet_format") != "1")
      fail(fmt::format("an Octet export of format {}, this Octet reads format 1", value("octet_format")),
           "use the Octet that wrote it, or a newer one");
    if (!unexpected_.empty())
      fail(fmt::format("tensors that no Octet export of format 1 has: {}", list(unexpected_)));

    const auto variant =
        std::ranges::find(kVariants, value("octet_variant"), [](const auto& v) { return v.second; });
    if (variant == kVariants.end()) fail(fmt::format("octet_variant {} is unknown", value("octet_variant")));
    const bool has_flow = std::ranges::count(components_, "flow") > 0;
    if (has_flow && meanflow != (variant->first == Variant::meanflow))
      fail(fmt::format("octet_variant is {}, but flow.decoder.estimator.time_embed_mixer.weight is {}",
                       variant->second, meanflow ? "there" : "not there"));
    variant_ = variant->first;

    const auto held = fmt::format("{}", fmt::join(components_, ","));
    if (value("octet_components") != held)
      fail(fmt::format("octet_components is {}, but the file holds {}", value("octet_components"), held));

    source_sha256_ = value("octet_source_sha256");
    if (source_sha256_.size() != 64 ||
        source_sha256_.find_first_not_of("0123456789abcdef") != std::string::npos)
      fail("octet_source_sha256 is not a SHA-256");
  }

  std::string hash_of_file() const {
    constexpr std::uint64_t kPiece = 1 << 20;
    std::vector<std::byte> buffer(kPiece);
    Sha256 hash;
    for (std::uint64_t at = 0; at < file_bytes(); at += kPiece) {
      const auto piece = std::span(buffer).first(std::min(kPiece, file_bytes() - at));
      file_.file->read(at, piece);
      hash.update(piece);
    }
    return hash.hex();
  }

  std::filesystem::path path_;
  TensorFile file_;  ///< under canonical names
  LayerTable layers_;
  std::vector<std::string> components_;
  std::vector<std::string> unexpected_;
  std::vector<std::string> absent_;
  Variant variant_ = Variant::chatterbox;
  mutable std::once_flag hashed_;
  mutable std::string source_sha256_;
};

}  // namespace

std::string_view to_string(Variant variant) { return kVariants[static_cast<std::size_t>(variant)].second; }

std::shared_ptr<const Checkpoint> Checkpoint::open(const std::filesystem::path& path) {
  return std::make_shared<const FileCheckpoint>(path);
}

const Layer* Checkpoint::find(std::string_view name) const {
  const auto found = std::ranges::find(layers(), name, &Layer::name);
  return found == layers().end() ? nullptr : &*found;
}

}  // namespace octet
