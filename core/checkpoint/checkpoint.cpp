#include "core/checkpoint/checkpoint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <mutex>
#include <set>
#include <span>

#include "core/checkpoint/canonical_names.h"
#include "core/checkpoint/hash_of_file.h"
#include "core/checkpoint/other_models.h"
#include "core/checkpoint/schema.h"
#include "core/checkpoint/unused_tensors.h"
#include "core/error.h"
#include "core/quant/schemes.h"
#include "core/quant/stored_parts.h"

namespace octet {
namespace {

using Tensors = std::map<std::string, StoredTensor, std::less<>>;

constexpr std::array kVariants{std::pair{Variant::chatterbox, std::string_view("chatterbox")},
                               std::pair{Variant::v3, std::string_view("v3")},
                               std::pair{Variant::meanflow, std::string_view("meanflow")},
                               std::pair{Variant::cosyvoice2, std::string_view("cosyvoice2")}};

std::string list(const std::vector<std::string>& names, std::size_t most = 20) {
  return first_of(names, most);
}

class FileCheckpoint final : public Checkpoint {
 public:
  explicit FileCheckpoint(const std::filesystem::path& path) : path_(path), file_(open_tensor_file(path)) {
    const CanonicalNames canonical(names_in_file());
    rename(canonical);
    auto schemes = stated_schemes();
    auto model = read_model(tensors_of_model(), schemes);
    check(model);

    layers_ = std::move(model.layers);
    components_ = std::move(model.components);
    unexpected_ = std::move(model.unexpected);
    absent_ = std::move(model.absent);
    const bool tokenizer = components_.front() == kComponents[0];
    variant_ = !canonical.prefixed()              ? Variant::cosyvoice2
               : model.meanflow                   ? Variant::meanflow
               : tokenizer && absent_.size() == 2 ? Variant::v3
                                                  : Variant::chatterbox;
    if (file_.metadata.contains("octet_format")) read_export(std::move(schemes), model.meanflow);
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
      if (source_sha256_.empty()) source_sha256_ = hash_of_file(*file_.file);
    });
    return source_sha256_;
  }
  void check_unchanged() const override { file_.file->check_unchanged(); }

 private:
  [[noreturn]] void fail(const std::string& why, const std::string& hint = {}) const {
    throw Error(ErrorKind::input, fmt::format("{}: {}", file_.file->name(), why), hint);
  }

  std::vector<std::string> names_in_file() const {
    std::vector<std::string> names;
    names.reserve(file_.tensors.size());
    for (const auto& [name, tensor] : file_.tensors) names.push_back(name);
    return names;
  }

  void rename(const CanonicalNames& canonical) {
    Tensors renamed;
    for (auto& [name, tensor] : file_.tensors) {
      const auto [there, added] = renamed.emplace(canonical.of(name), std::move(tensor));
      if (!added)
        fail(fmt::format("{} is there twice, once as {}", there->first, name),
             "save the one model that is meant");
    }
    file_.tensors = std::move(renamed);
  }

  /// All but what an export of ours has for other programs.
  Tensors tensors_of_model() const {
    auto tensors = file_.tensors;
    const auto made_for = file_.metadata.find("octet_for");
    if (made_for == file_.metadata.end() || made_for->second != "comfy") return tensors;
    std::erase_if(tensors, [&](const auto& named) {
      const auto& name = named.first;
      if (!name.ends_with(kComfyEntry)) return false;
      const auto weight = file_.tensors.find(name.substr(0, name.size() - kComfyEntry.size()) + ".weight");
      return weight != file_.tensors.end() && weight->second.dtype == Dtype::i8;
    });
    return tensors;
  }

  void check(const ModelReading& model) const {
    if (model.components.empty()) refuse(names_in_file());
    std::vector<std::string> problems;
    if (!model.missing.empty())
      problems.push_back(fmt::format("{} tensor{} missing: {}", model.missing.size(),
                                     model.missing.size() == 1 ? " is" : "s are", list(model.missing)));
    if (!model.wrong.empty()) problems.push_back(list(model.wrong));
    if (!model.surplus.empty()) problems.push_back("nothing would compute " + list(model.surplus));
    if (problems.empty()) return;
    const bool wrapped = std::ranges::any_of(file_.tensors, [](const auto& named) {
      return named.first.find(".base_layer.") != std::string::npos;
    });
    std::vector<std::string> strange;
    std::ranges::copy_if(model.unexpected, std::back_inserter(strange), begins_with_component);
    if (!wrapped) refuse_other_models(strange);
    fail(fmt::format("this S3Gen model is not as upstream's: {}", fmt::join(problems, "; ")),
         wrapped ? "it is wrapped for a LoRA: merge that into the weights first (PEFT: merge_and_unload)"
                 : "the file may be of another model or version, or was changed by another program");
  }

  void refuse_other_models(const std::vector<std::string>& names) const {
    if (const auto other = other_model(names))
      fail(fmt::format("this is {}, not an S3Gen model", other->what), std::string(other->hint));
  }

  [[noreturn]] void refuse(const std::vector<std::string>& names) const {
    constexpr std::size_t kShown = 5;
    refuse_other_models(names);
    fail(fmt::format(
             "this is not an S3Gen model: no tensor of its tokenizer, speaker encoder, flow or vocoder "
             "is in it, {}",
             names.empty()           ? "nor any other"
             : names.front().empty() ? "but one without a name"
                                     : "but " + list(names, kShown)),
         "give s3gen.safetensors or s3gen.pt; t3 and voice encoder files are other models");
  }

  /// What Octet's own exports say about themselves has to be true.
  void read_export(Schemes schemes, bool meanflow) {
    const auto value = [&](const std::string& key) -> const std::string& {
      const auto found = file_.metadata.find(key);
      if (found == file_.metadata.end()) fail(fmt::format("an Octet export without {} in its metadata", key));
      return found->second;
    };
    const auto& format = value("octet_format");
    if (format != "1" && format != "2")
      fail(fmt::format("an Octet export of format {}, this Octet reads formats 1 and 2", format),
           "use the Octet that wrote it, or a newer one");
    if (!unexpected_.empty())
      fail(fmt::format("tensors that no Octet export of format {} has: {}", format, list(unexpected_)));
    if (format == "2") {
      (void)value("octet_layers");
      check_schemes(std::move(schemes));
    }

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

  /// Format 1 has no schemes: every int8 layer is weight-only.
  Schemes stated_schemes() const {
    const auto format = file_.metadata.find("octet_format"), stated = file_.metadata.find("octet_layers");
    if (format == file_.metadata.end() || format->second != "2" || stated == file_.metadata.end()) return {};
    try {
      return parse_schemes(stated->second);
    } catch (const Error& error) {
      fail(error.what(), error.hint());
    }
  }

  void check_schemes(Schemes schemes) const {
    for (const auto& layer : layers_) {
      const auto stated = schemes.extract(layer.name);
      if (stated.empty() && layer.stored == Precision::int8)
        fail(fmt::format("octet_layers does not say how layer {} is stored", layer.name));
      if (stated.empty()) continue;
      for (const auto& part : parts_of(layer, stated.mapped())) {
        const auto found = file_.tensors.find(part.name);
        if (found == file_.tensors.end() || found->second.dtype != part.dtype)
          fail(fmt::format("octet_layers has layer {} as {}, but {} is {}", layer.name,
                           to_string(stated.mapped()), part.name,
                           found == file_.tensors.end() ? "missing" : to_string(found->second.dtype)));
      }
    }
    if (!schemes.empty())
      fail(fmt::format("octet_layers names {}, which the file does not hold", schemes.begin()->first));
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
