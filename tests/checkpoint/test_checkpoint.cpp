#include <QCryptographicHash>
#include <QFile>
#include <QTemporaryDir>
#include <algorithm>
#include <numeric>
#include <sstream>

#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/sha256.h"
#include "core/checkpoint/unused_tensors.h"
#include "tests/checkpoint/tensor_files.h"

using namespace octet;
using namespace octet::test;

namespace {

/// Bytes this process has read so far, of whatever.
std::size_t bytes_read() {
  std::ifstream counters("/proc/self/io");
  std::string name;
  std::size_t count = 0;
  counters >> name >> count;
  return name == "rchar:" ? count : 0;
}

std::size_t tensor_count(const LayerTable& layers) {
  return std::accumulate(layers.begin(), layers.end(), std::size_t{0},
                         [](auto sum, const Layer& layer) { return sum + layer.tensors.size(); });
}

std::map<std::string, std::string> export_metadata(const std::string& components) {
  return {{"octet_format", "1"},
          {"octet_components", components},
          {"octet_variant", "chatterbox"},
          {"octet_plan", "{}"},
          {"octet_source_sha256", std::string(64, 'a')}};
}

/// The demo's vocoder as an export has it: one layer int8, another bf16.
LooseTensors exported_vocoder() {
  auto tensors = load(kDemo);
  std::erase_if(tensors, [](const auto& entry) { return !entry.first.starts_with("mel2wav."); });
  const std::string ups = "mel2wav.ups.0";
  const auto shape = tensors.at(ups + ".parametrizations.weight.original1").shape;
  tensors.erase(ups + ".parametrizations.weight.original0");
  tensors.erase(ups + ".parametrizations.weight.original1");
  tensors[ups + ".weight"] = {Dtype::i8, shape,
                              std::string(static_cast<std::size_t>(element_count(shape)), '\1')};
  tensors[ups + ".weight_scale"] =
      floats({1, shape[1], 1}, std::vector<float>(static_cast<std::size_t>(shape[1]), 0.5f));
  auto& linear = tensors.at("mel2wav.m_source.l_linear.weight");
  linear = {Dtype::bf16, linear.shape, std::string(linear.bytes.size() / 2, '\0')};
  return tensors;
}

}  // namespace

class TestCheckpoint : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    directory_ = std::make_unique<QTemporaryDir>();
    path_ = directory_->filePath("x.safetensors").toStdString();
  }

  void opens_a_full_size_file_without_its_weights() {
    auto shapes = manifest();
    shapes.erase("tokenizer.window");
    write_sparse(path_, shapes);
    const auto before = bytes_read();
    const auto checkpoint = Checkpoint::open(path_);
    const auto read = bytes_read() - before;
    // The header has 315 kB.
    QVERIFY2(read > 300'000 && read < 400'000, qPrintable(QString("%1 bytes").arg(read)));
    QVERIFY(checkpoint->variant() == Variant::chatterbox);
    QVERIFY(checkpoint->absent() == std::vector<std::string>{"tokenizer.window"});
    QVERIFY(checkpoint->unexpected().empty());
  }

  /// Against section 1 of the measurements that came with the manifest.
  void the_full_size_layer_table_has_the_known_counts() {
    write_sparse(path_, manifest());
    const auto checkpoint = Checkpoint::open(path_);
    const auto& layers = checkpoint->layers();
    std::map<std::pair<std::string, LayerType>, int> counts;
    std::map<LayerType, std::int64_t> weights;
    std::int64_t parameters = 0;
    int norm_2d = 0;
    int weight_normed = 0;
    for (const auto& layer : layers) {
      ++counts[{layer.component, layer.type}];
      if (layer.quantizable()) weights[layer.type] += element_count(layer.weight().shape);
      parameters += layer.parameters();
      weight_normed += layer.weight_normed;
      norm_2d += layer.type == LayerType::batch_norm && layer.name.starts_with("speaker_encoder.head.");
    }
    const auto count = [&](LayerType type) {
      int sum = 0;
      for (const auto& [key, number] : counts) sum += key.second == type ? number : 0;
      return sum;
    };
    QCOMPARE(count(LayerType::linear), 465);
    QCOMPARE(count(LayerType::conv1d), 352);
    QCOMPARE(count(LayerType::conv_transpose1d), 3);
    QCOMPARE(count(LayerType::conv2d), 12);
    QCOMPARE(count(LayerType::embedding), 1);
    QCOMPARE(count(LayerType::layer_norm), 176);
    QCOMPARE(count(LayerType::batch_norm), 122);
    QCOMPARE(norm_2d, 12);
    QCOMPARE(count(LayerType::snake), 72);
    QCOMPARE(count(LayerType::parameter), 20);
    QCOMPARE(count(LayerType::buffer), 2);
    QCOMPARE(counts.at({"tokenizer", LayerType::linear}), 37);
    QCOMPARE(counts.at({"speaker_encoder", LayerType::conv1d}), 213);
    QCOMPARE(counts.at({"flow", LayerType::linear}), 72 + 352 + 2);
    QCOMPARE(counts.at({"mel2wav", LayerType::conv1d}), 77 + 5);
    QCOMPARE(weights.at(LayerType::linear), 216'401'417);
    QCOMPARE(weights.at(LayerType::conv1d), 41'093'120);
    QCOMPARE(weights.at(LayerType::conv_transpose1d), 2'514'944);
    QCOMPARE(weights.at(LayerType::conv2d), 85'280);
    QCOMPARE(weight_normed, 82);
    QCOMPARE(tensor_count(layers), 2'408u);
    // 263,933,767 learned values less 14,738 magnitudes; the rest are running statistics, mel filters and
    // window.
    QCOMPARE(parameters, 263'933'767 - 14'738 + 108'426 - 122);
    QVERIFY((checkpoint->components() ==
             std::vector<std::string>{"tokenizer", "speaker_encoder", "flow", "mel2wav"}));
  }

  void layers_come_in_natural_order_within_components() {
    write_sparse(path_, manifest());
    const auto checkpoint = Checkpoint::open(path_);
    const auto& layers = checkpoint->layers();
    const auto place = [&](const char* name) { return checkpoint->find(name) - layers.data(); };
    QCOMPARE(layers.front().component, "tokenizer");
    QCOMPARE(layers.back().component, "mel2wav");
    QVERIFY(place("flow.decoder.estimator.mid_blocks.10.0.mlp.1") >
            place("flow.decoder.estimator.mid_blocks.9.0.mlp.1"));
    QVERIFY(place("flow.decoder.estimator.mid_blocks.2.0.mlp.1") <
            place("flow.decoder.estimator.mid_blocks.10.0.mlp.1"));
    QVERIFY(place("speaker_encoder.xvector.block1.tdnnd9.linear1") <
            place("speaker_encoder.xvector.block1.tdnnd10.linear1"));
    QVERIFY(place("mel2wav.conv_pre") > place("flow.spk_embed_affine_layer"));
  }

  void layers_have_the_type_of_their_place() {
    const auto demo = Checkpoint::open(kDemo);
    const auto is = [&](const char* name, LayerType type, std::size_t tensors) {
      const auto* layer = demo->find(name);
      return layer && layer->type == type && layer->tensors.size() == tensors;
    };
    QVERIFY(is("mel2wav.ups.0", LayerType::conv_transpose1d, 2));
    QVERIFY(is("mel2wav.conv_pre", LayerType::conv1d, 2));
    QVERIFY(is("flow.input_embedding", LayerType::embedding, 1));
    QVERIFY(is("flow.encoder.encoders.0.self_attn.pos_bias_u", LayerType::parameter, 1));
    QVERIFY(is("mel2wav.resblocks.0.activations1.0", LayerType::snake, 1));
    QVERIFY(is("speaker_encoder.head.bn1", LayerType::batch_norm, 5));
    QVERIFY(is("speaker_encoder.xvector.dense.nonlinear.batchnorm", LayerType::batch_norm, 3));
    QVERIFY(is("tokenizer.encoder.blocks.0.attn.key", LayerType::linear, 1));
    QVERIFY(is("tokenizer.encoder.blocks.0.attn.fsmn_block", LayerType::conv1d, 1));
    QCOMPARE(demo->find("mel2wav.ups.0")->weight().name, "mel2wav.ups.0.weight");
    QVERIFY((demo->find("mel2wav.ups.0")->weight().shape == Shape{128, 64, 16}));
    QVERIFY(demo->find("mel2wav.ups.0.alpha") == nullptr);
  }

  void the_demo_opens_and_is_hashed() {
    const auto demo = Checkpoint::open(kDemo);
    QVERIFY(demo->variant() == Variant::v3);
    QCOMPARE(tensor_count(demo->layers()), 1'696u - 82u);
    QVERIFY((demo->absent() == std::vector<std::string>{"tokenizer._mel_filters", "tokenizer.window"}));
    QVERIFY(demo->unexpected().empty());
    QCOMPARE(demo->file_bytes(), 29'449'172u);
    QCOMPARE(demo->metadata().at("license"), "MIT");
    QFile file(QString::fromStdString(std::filesystem::path(kDemo).string()));
    QCryptographicHash by_qt(QCryptographicHash::Sha256);
    QVERIFY(file.open(QIODevice::ReadOnly) && by_qt.addData(&file));
    QCOMPARE(demo->source_sha256(), by_qt.result().toHex().toStdString());
    COMPARE_ERROR(demo->tensor("flow.nothing"), input, "there is no tensor flow.nothing");
  }

  /// The weights and the hash are those of one file, whatever happens to its name.
  void a_checkpoint_that_is_replaced_stays_what_was_opened() {
    const auto changed = changed_demo();
    std::filesystem::copy_file(kDemo, path_);
    const auto checkpoint = Checkpoint::open(path_);
    std::filesystem::rename(changed, path_);
    QCOMPARE(checkpoint->source_sha256(), Checkpoint::open(kDemo)->source_sha256());
    QVERIFY(checkpoint->tensor(kBias).read() == Checkpoint::open(kDemo)->tensor(kBias).read());
    QVERIFY(checkpoint->tensor(kBias).read() != Checkpoint::open(path_)->tensor(kBias).read());
  }

  /// A program that trains writes a file of the same size.
  void a_checkpoint_that_is_overwritten_is_noticed() {
    const auto changed = read_bytes(changed_demo());
    std::filesystem::copy_file(kDemo, path_);
    std::filesystem::last_write_time(path_, std::filesystem::last_write_time(path_) - std::chrono::hours(1));
    const auto before = Checkpoint::open(path_);
    QCOMPARE(before->source_sha256(), Checkpoint::open(kDemo)->source_sha256());
    const auto not_hashed_yet = Checkpoint::open(path_);
    std::fstream(path_, std::ios::in | std::ios::out | std::ios::binary) << changed;
    COMPARE_ERROR(before->tensor(kBias).read(), input, path_.c_str());
    COMPARE_ERROR(before->check_unchanged(), input, path_.c_str());
    COMPARE_ERROR(not_hashed_yet->source_sha256(), input, path_.c_str());
    QVERIFY(Checkpoint::open(path_)->source_sha256() != before->source_sha256());
  }

  void a_checkpoint_that_is_cut_short_is_an_error() {
    std::filesystem::copy_file(kDemo, path_);
    const auto checkpoint = Checkpoint::open(path_);
    QCOMPARE(::truncate(path_.c_str(), 4096), 0);
    COMPARE_ERROR(checkpoint->tensor(kBias).read(), input, path_.c_str());
    COMPARE_ERROR(checkpoint->source_sha256(), input, path_.c_str());
  }

  void variants_are_told_by_content() {
    auto shapes = manifest();
    const auto variant = [&] {
      write_sparse(path_, shapes);
      return Checkpoint::open(path_)->variant();
    };
    QVERIFY(variant() == Variant::chatterbox);
    shapes["flow.decoder.estimator.time_embed_mixer.weight"] = {1024, 2048};
    QVERIFY(variant() == Variant::meanflow);
    shapes.erase("flow.decoder.estimator.time_embed_mixer.weight");
    shapes.erase("tokenizer.window");
    shapes.erase("tokenizer._mel_filters");
    QVERIFY(variant() == Variant::v3);
    std::erase_if(shapes, [](const auto& entry) { return entry.first.starts_with("tokenizer."); });
    QVERIFY(variant() == Variant::chatterbox);
  }

  void every_missing_tensor_is_listed() {
    auto tensors = load(kDemo);
    tensors.erase("flow.encoder_proj.bias");
    tensors.erase("mel2wav.ups.1.parametrizations.weight.original0");
    save(path_, tensors);
    COMPARE_ERROR(
        Checkpoint::open(path_), input,
        "2 tensors are missing: flow.encoder_proj.bias, mel2wav.ups.1.parametrizations.weight.original0");
    // A block in the middle, whole: its number tells that it has to be there.
    std::erase_if(tensors, [](const auto& entry) {
      return entry.first.starts_with("flow.decoder.estimator.mid_blocks.1.");
    });
    save(path_, tensors);
    COMPARE_ERROR(Checkpoint::open(path_), input, "flow.decoder.estimator.mid_blocks.1.0.mlp.1.weight");
    COMPARE_ERROR(Checkpoint::open(path_), input, " and 7 more");
  }

  void wrong_shapes_and_types_are_listed() {
    auto tensors = load(kDemo);
    tensors["flow.encoder_proj.bias"].shape = {8, 10};
    auto& counter = tensors["speaker_encoder.head.bn1.num_batches_tracked"];
    counter = floats({}, {1.0f});
    save(path_, tensors);
    COMPARE_ERROR(Checkpoint::open(path_), input, "flow.encoder_proj.bias is [8, 10], expected [80]");
    COMPARE_ERROR(Checkpoint::open(path_), input, "num_batches_tracked is F32, expected I64");
  }

  void unexpected_tensors_are_named() {
    auto tensors = load(kDemo);
    tensors["flow.extra.weight"] = floats({1}, {0.0f});
    tensors["optimizer.step"] = floats({1}, {0.0f});
    save(path_, tensors);
    QVERIFY((Checkpoint::open(path_)->unexpected() ==
             std::vector<std::string>{"flow.extra.weight", "optimizer.step"}));
  }

  void surplus_structure_is_refused_by_name() {
    auto tensors = load(kDemo);
    tensors["mel2wav.ups.3.bias"] = floats({1}, {0.0f});
    save(path_, tensors);
    COMPARE_ERROR(Checkpoint::open(path_), input, "nothing would compute mel2wav.ups.3.bias");
  }

  void a_model_wrapped_for_a_lora_is_told_to_be_merged() {
    auto tensors = load(kDemo);
    auto wrapped = tensors.extract("flow.encoder_proj.weight");
    wrapped.key() = "flow.encoder_proj.base_layer.weight";
    tensors.insert(std::move(wrapped));
    tensors["flow.encoder_proj.lora_A.default.weight"] = floats({1}, {0.0f});
    save(path_, tensors);
    const auto error = error_of([&] { Checkpoint::open(path_); });
    QVERIFY2(QByteArray(error.what()).contains("flow.encoder_proj.weight"), error.what());
    QVERIFY2(error.hint().find("merge") != std::string::npos, error.hint().c_str());
  }

  void what_is_not_used_is_said_in_a_sentence() {
    QVERIFY(unused_warnings({}).empty());
    const auto one = unused_warnings({"flow.x.lora_A.weight"});
    QCOMPARE(one.size(), std::size_t{1});
    QVERIFY(one[0].starts_with("1 tensor of a LoRA is not used (flow.x.lora_A.weight)"));
    QVERIFY(one[0].find("merge it") != std::string::npos);
    QCOMPARE(unused_warnings({"a", "b", "c", "d", "e"}),
             (std::vector<std::string>{"5 tensors are not used: a, b, c and 2 more"}));
    QCOMPARE(unused_warnings({"a", "b.lora_B.weight"}).size(), std::size_t{2});
  }

  /// What trainers wrap a model in (torch.compile, DataParallel, Lightning, DeepSpeed, fine-tuners of S3Gen).
  void any_chain_of_wrappers_is_taken_off_data() {
    QTest::addColumn<QByteArray>("wrapper");
    for (const char* wrapper :
         {"module.", "_orig_mod.", "_orig_mod.module.", "model.module.", "s3gen.", "model.", "state_dict.",
          "model_state_dict.", "state_dict.model.s3gen.", "ema.", "ema_model.module."})
      QTest::newRow(wrapper) << QByteArray(wrapper);
  }
  void any_chain_of_wrappers_is_taken_off() {
    QFETCH(QByteArray, wrapper);
    LooseTensors wrapped, vocoder;
    for (auto& [name, tensor] : load(kDemo)) {
      if (name.starts_with("mel2wav.")) vocoder[wrapper.toStdString() + name.substr(8)] = tensor;
      wrapped[wrapper.toStdString() + name] = std::move(tensor);
    }
    // Beside it, as in files of the whole of Chatterbox and in those that training can go on from.
    for (auto* tensors : {&wrapped, &vocoder})
      for (const char* name :
           {"t3.tfmr.layers.0.weight", "ve.proj.weight", "optimizer_state_dict.state.0.step"})
        tensors->emplace(name, floats({1}, {0}));
    const std::vector<std::string> beside{"optimizer_state_dict.state.0.step", "t3.tfmr.layers.0.weight",
                                          "ve.proj.weight"};
    save(path_, wrapped);
    const auto checkpoint = Checkpoint::open(path_);
    QCOMPARE(checkpoint->components().size(), 4u);
    QVERIFY(checkpoint->unexpected() == beside);
    QVERIFY(checkpoint->variant() == Checkpoint::open(kDemo)->variant());
    save(path_, vocoder);  // of CosyVoice2, whose names have no component
    QVERIFY(Checkpoint::open(path_)->variant() == Variant::cosyvoice2);
    QVERIFY(Checkpoint::open(path_)->unexpected() == beside);
  }

  void two_copies_of_a_model_are_refused() {
    LooseTensors tensors;
    for (const auto& [name, tensor] : load(kDemo)) {
      tensors["model." + name] = tensor;
      tensors["ema." + name] = tensor;
    }
    save(path_, tensors);
    COMPARE_ERROR(Checkpoint::open(path_), input, "is there twice, once as model.");
  }

  void types_are_checked_where_a_tensor_is_used() {
    auto tensors = load(kDemo);
    for (const auto dtype :
         {Dtype::u16, Dtype::u32, Dtype::u64, Dtype::f8_e4m3, Dtype::f8_e5m2, Dtype::boolean})
      tensors["extra." + std::string(to_string(dtype))] = {dtype, {1}, std::string(size_of(dtype), '\1')};
    save(path_, tensors);
    QCOMPARE(Checkpoint::open(path_)->unexpected().size(), 6u);
    for (const auto dtype : {Dtype::u16, Dtype::f8_e4m3}) {
      tensors["flow.encoder_proj.bias"] = {dtype, {80}, std::string(80 * size_of(dtype), '\1')};
      save(path_, tensors);
      const auto says = "flow.encoder_proj.bias is " + std::string(to_string(dtype)) + ", expected F32";
      COMPARE_ERROR(Checkpoint::open(path_), input, says.c_str());
    }
  }

  /// By the names that only they have.
  void well_known_other_models_are_named_data() {
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<QByteArray>("says");
    const auto row = [](const char* name, const char* says) {
      QTest::newRow(says) << QByteArray(name) << QByteArray(says);
    };
    row("tfmr.layers.0.mlp.up_proj.weight", "this is T3");
    row("similarity_weight", "this is Chatterbox's voice encoder");
    row("llm_decoder.weight", "this is CosyVoice's language model");
    row("length_regulator.model.0.weight", "this is CosyVoice 1's flow");
    row("decoder.estimator.transformer_blocks.0.attn.to_q.weight", "this is CosyVoice 3's flow");
    row("up_encoders.0.norm_mha.weight", "this is the encoder of CosyVoice2's flow alone");
    row("down_blocks.0.resnets.0.conv1.weight", "this is a model of diffusers");
    row("base_model.model.encoder.q.lora_A.default.weight", "this is a LoRA adapter");
    row("model.layers.0.self_attn.q_proj.weight", "this is a language model of transformers");
    row("first.weight", "is in it, but first.weight");
  }
  void well_known_other_models_are_named() {
    QFETCH(QByteArray, name);
    QFETCH(QByteArray, says);
    save(path_, {{name.toStdString(), floats({1}, {0})}});
    COMPARE_ERROR(Checkpoint::open(path_), input, says);
  }

  void kin_of_the_model_are_named() {
    LooseTensors tensors;
    for (const auto& [name, tensor] : load(kDemo))
      if (name.starts_with("flow.") && !name.starts_with("flow.encoder.up_"))
        tensors[name.substr(5)] = tensor;
    save(path_, tensors);
    COMPARE_ERROR(Checkpoint::open(path_), input, "missing: flow.encoder.up_");
    tensors["length_regulator.model.0.weight"] = floats({1}, {0});
    save(path_, tensors);
    COMPARE_ERROR(Checkpoint::open(path_), input, "this is CosyVoice 1's flow");
    QVERIFY(error_of([&] { Checkpoint::open(path_); }).hint().find("CosyVoice2") != std::string::npos);
    // A damaged S3Gen beside a T3 is no T3.
    tensors.erase("length_regulator.model.0.weight");
    tensors["t3.tfmr.layers.0.weight"] = floats({1}, {0});
    save(path_, tensors);
    COMPARE_ERROR(Checkpoint::open(path_), input, "missing: flow.encoder.up_");
  }

  void other_models_are_refused() {
    save(path_,
         {{"tfmr.layers.0.weight", floats({1}, {0.0f})}, {"encoder.layers.0.weight", floats({1}, {0.0f})}});
    COMPARE_ERROR(Checkpoint::open(path_), input, "not an S3Gen model");
    save(path_, {});
    COMPARE_ERROR(Checkpoint::open(path_), input, "not an S3Gen model");
  }

  void both_spellings_of_one_tensor_are_refused() {
    auto tensors = load(kDemo);
    tensors["mel2wav.conv_pre.weight_g"] = tensors.at("mel2wav.conv_pre.parametrizations.weight.original0");
    save(path_, tensors);
    COMPARE_ERROR(Checkpoint::open(path_), input,
                  "mel2wav.conv_pre.parametrizations.weight.original0 is there twice");
  }

  void exports_open_with_what_they_store() {
    save(path_, exported_vocoder(), export_metadata("mel2wav"));
    const auto checkpoint = Checkpoint::open(path_);
    QVERIFY(checkpoint->components() == std::vector<std::string>{"mel2wav"});
    const auto* ups = checkpoint->find("mel2wav.ups.0");
    QVERIFY(ups->stored == Precision::int8);
    QVERIFY(!ups->weight_normed);
    QVERIFY(checkpoint->find("mel2wav.m_source.l_linear")->stored == Precision::bf16);
    QVERIFY(checkpoint->find("mel2wav.conv_pre")->stored == Precision::fp32);
    QVERIFY(checkpoint->has("mel2wav.ups.0.weight_scale"));
    QCOMPARE(checkpoint->source_sha256(), std::string(64, 'a'));
  }

  void exports_that_contradict_themselves_are_refused() {
    const auto refused = [&](const LooseTensors& tensors, std::map<std::string, std::string> metadata,
                             const char* says) {
      save(path_, tensors, metadata);
      const auto thrown = error_of([&] { Checkpoint::open(path_); });
      QVERIFY2(thrown.kind() == ErrorKind::input && QByteArray(thrown.what()).contains(says), thrown.what());
    };
    const auto good = exported_vocoder();
    const auto with = [](std::string key, std::string value) {
      auto metadata = export_metadata("mel2wav");
      metadata[key] = value;
      return metadata;
    };
    refused(good, export_metadata("flow,mel2wav"),
            "octet_components is flow,mel2wav, but the file holds mel2wav");
    refused(good, with("octet_format", "3"), "an Octet export of format 3, this Octet reads formats 1 and 2");
    refused(good, with("octet_format", "2"), "without octet_layers");
    const auto layers = [&](const char* json) {
      auto metadata = with("octet_format", "2");
      metadata["octet_layers"] = json;
      return metadata;
    };
    const char* said = R"({"mel2wav.ups.0":{"base":"fp32","method":"weight-only","storage":"int8"}})";
    save(path_, good, layers(said));
    QVERIFY(Checkpoint::open(path_)->find("mel2wav.ups.0")->stored == Precision::int8);
    refused(good, layers("{}"), "octet_layers does not say how layer mel2wav.ups.0 is stored");
    refused(good, layers("[1"), "octet_layers in the metadata: it is not a JSON object");
    refused(good, layers(R"({"mel2wav.ups.0":{"base":"bf16","method":"weight-only","storage":"int8"}})"),
            "has layer mel2wav.ups.0 as int8 over bf16, but mel2wav.ups.0.bias is F32");
    refused(good, layers(R"({"mel2wav.ups.0":{"base":"fp32","method":"nearest","storage":"int8"}})"),
            "method of layer mel2wav.ups.0 is nearest, which this Octet does not know");
    refused(good,
            layers(R"({"mel2wav.ups.0":{"base":"fp32","method":"weight-only","storage":"int8","zero":1}})"),
            "zero of layer mel2wav.ups.0 is unknown");
    refused(good, layers(R"({"mel2wav.ups.0":{"base":"fp32","method":"weight-only","storage":"int8"},
                       "mel2wav.ups.9":{"base":"fp32","method":"weight-only","storage":"int8"}})"),
            "octet_layers names mel2wav.ups.9, which the file does not hold");
    refused(good, layers(R"({"mel2wav.ups.0":{"base":"fp32","method":"weight-only","storage":"int8"},
                       "mel2wav.ups.1":{"base":"fp32","method":"weight-only","storage":"int8"}})"),
            "has layer mel2wav.ups.1 as int8 over fp32, but mel2wav.ups.1.weight is missing");
    refused(good, with("octet_variant", "x"), "octet_variant x is unknown");
    refused(good, with("octet_source_sha256", "abc"), "not a SHA-256");
    refused(good, {{"octet_format", "1"}}, "without octet_variant");

    const auto changed = [&](auto change) {
      auto tensors = good;
      change(tensors);
      return tensors;
    };
    const std::string scale = "mel2wav.ups.0.weight_scale";
    refused(changed([&](auto& t) { t.erase(scale); }), export_metadata("mel2wav"),
            "mel2wav.ups.0.weight_scale");
    refused(changed([&](auto& t) {
              t[scale].shape = {64, 1, 1};
            }),
            export_metadata("mel2wav"), "mel2wav.ups.0.weight_scale is [64, 1, 1], expected [1, 64, 1]");
    refused(changed([&](auto& t) {
              t[scale] = {Dtype::bf16, {1, 64, 1}, std::string(128, '\0')};
            }),
            export_metadata("mel2wav"), "mel2wav.ups.0.weight_scale is BF16, expected F32");
    refused(changed([&](auto& t) { t["mel2wav.ups.0.weight_zero_point"] = t[scale]; }),
            export_metadata("mel2wav"), "mel2wav.ups.0.weight_zero_point");
    refused(changed([&](auto& t) {
              t["mel2wav.ups.0.bias"] = {Dtype::i8, {64}, std::string(64, '\0')};
            }),
            export_metadata("mel2wav"), "mel2wav.ups.0.bias is I8");
  }

 private:
  static constexpr auto kBias = "mel2wav.conv_pre.bias";

  /// The demo with another bias: a file of the same size.
  std::filesystem::path changed_demo() const {
    auto tensors = load(kDemo);
    tensors.at(kBias).bytes[0] ^= 1;
    const auto path = path_.parent_path() / "changed.safetensors";
    save(path, tensors, open_tensor_file(kDemo).metadata);
    return path;
  }

  std::unique_ptr<QTemporaryDir> directory_;
  std::filesystem::path path_;
};

QTEST_GUILESS_MAIN(TestCheckpoint)
#include "test_checkpoint.moc"
