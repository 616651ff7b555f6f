#include <ATen/ATen.h>

#include <QProcess>
#include <QTemporaryDir>
#include <random>

#include "core/checkpoint/as_tensor.h"
#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/read_weight.h"
#include "core/synthesis/tensor_inputs.h"
#include "core/synthesis/token_file.h"
#include "tests/checkpoint/tensor_files.h"
#include "tests/random_seed.h"

using namespace octet;
using namespace octet::test;

namespace {

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

/// All tensors of a file that can be computed with.
std::map<std::string, at::Tensor> read_tensors(const std::filesystem::path& path) {
  const auto file = open_tensor_file(path);
  std::map<std::string, at::Tensor> tensors;
  for (const auto& [name, stored] : file.tensors) tensors.emplace(name, as_tensor(stored));
  return tensors;
}

}  // namespace

class TestPt : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    QString python = OCTET_SOURCE_DIR "/.deps/venv/bin/python";
    if (!QFile::exists(python)) python = "python3";
    QProcess process;
    process.start(python, {OCTET_SOURCE_DIR "/tests/checkpoint/make_pt_files.py",
                           QString::fromStdString(kDemo.string()), directory_.path()});
    if (!process.waitForStarted()) QSKIP("needs python3 with torch");
    process.waitForFinished(-1);
    const auto errors = process.readAllStandardError();
    if (errors.contains("No module named 'torch'")) QSKIP("needs python3 with torch");
    QVERIFY2(process.exitCode() == 0, errors);
  }

  void a_state_dict_is_the_same_checkpoint_as_its_safetensors() {
    const auto pt = Checkpoint::open(file("state_dict.pt"));
    const auto safetensors = Checkpoint::open(kDemo);
    QVERIFY(pt->variant() == safetensors->variant());
    QCOMPARE(pt->layers().size(), safetensors->layers().size());
    for (std::size_t i = 0; i < pt->layers().size(); ++i)
      QCOMPARE(pt->layers()[i].name, safetensors->layers()[i].name);
    int compared = 0;
    for (const auto& [name, tensor] : load(kDemo)) {
      const auto stored = pt->tensor(name);
      QVERIFY2(std::ranges::equal(stored.read(), bytes_of(tensor.bytes)), name.c_str());
      ++compared;
    }
    QCOMPARE(compared, 1696);
    QVERIFY(pt->metadata().empty());
  }

  /// Torch's own fold rounds in fp32, in an order that depends on the processor: of a norm over at most 1024
  /// elements, a quotient and a product that is less than 1e-6. Ours is exact to the bit of its text
  /// (test_read_weight).
  void folding_is_torchs_parametrization_up_to_its_rounding() {
    const auto expected = read_tensors(file("folded.pt"));
    QCOMPARE(expected.size(), 82u);
    const auto demo = Checkpoint::open(kDemo);
    for (const auto& [name, weight] : expected) {
      const auto* layer = demo->find(name);
      QVERIFY2(layer && layer->weight_normed, name.c_str());
      const auto folded = read_folded(*demo, *layer, layer->weight());
      QVERIFY2(at::abs(folded - weight).le(1e-6 * at::abs(weight)).all().item<bool>(), name.c_str());
    }
  }

  void cosyvoice_files_get_their_prefix() {
    const auto demo = Checkpoint::open(kDemo);
    const auto flow = Checkpoint::open(file("flow.pt"));
    QVERIFY(flow->variant() == Variant::cosyvoice2);
    QVERIFY(flow->components() == std::vector<std::string>{"flow"});
    QVERIFY(flow->has("flow.decoder.estimator.final_proj.weight"));

    const auto hift = Checkpoint::open(file("hift.pt"));  // generator., weight_g and weight_v
    QVERIFY(hift->variant() == Variant::cosyvoice2);
    QVERIFY(hift->components() == std::vector<std::string>{"mel2wav"});
    QVERIFY(hift->unexpected().empty());
    int folded = 0;
    for (const auto& layer : hift->layers()) {
      const auto* same = demo->find(layer.name);
      QVERIFY2(same && same->type == layer.type, layer.name.c_str());
      if (!layer.weight_normed) continue;
      QVERIFY(read_folded(*hift, layer, layer.weight()).equal(read_folded(*demo, *same, same->weight())));
      ++folded;
    }
    QCOMPARE(folded, 82);
  }

  void wrappers_are_taken_off() {
    QVERIFY(Checkpoint::open(file("nested.pt"))->variant() == Variant::cosyvoice2);
    const auto model = Checkpoint::open(file("model.pt"));
    QVERIFY(model->variant() == Variant::chatterbox);
    QVERIFY(model->has("mel2wav.conv_pre.bias"));
  }

  void conditioning_is_read_by_dotted_name() {
    const auto tensors = read_tensors(file("conds.pt"));
    QCOMPARE(tensors.size(), 12u);
    const auto is = [&](const char* name, const at::Tensor& expected) {
      return tensors.contains(name) && tensors.at(name).scalar_type() == expected.scalar_type() &&
             tensors.at(name).equal(expected);
    };
    QVERIFY(is("t3.emotion", at::arange(2, at::kHalf)));
    QVERIFY(is("gen.prompt_token", at::tensor({1, 2, 6560}, at::kLong).unsqueeze(0)));
    QVERIFY(is("gen.transposed", at::arange(6, at::kFloat).reshape({2, 3}).t()));
    QVERIFY(is("gen.slice", at::arange(2, 5, at::kFloat)));
    QVERIFY(is("gen.every_other", at::arange(0, 6, 2, at::kFloat)));
    QVERIFY(is("gen.parameter", at::zeros(1)));
    QVERIFY(is("gen.scalar", at::scalar_tensor(7.0f)));
    QVERIFY(is("gen.none", at::empty({0, 4})));
    QVERIFY(is("gen.mask", at::arange(2, at::kLong).eq(0)));
    QVERIFY(is("gen.bf16", at::full({1}, 1.5, at::kBFloat16)));
    QVERIFY(is("gen.list.0", at::tensor({1}, at::kLong)));
    QVERIFY(is("gen.list.1.0", at::tensor({2}, at::kLong)));
    QVERIFY(read_tensors(file("lone.pt")).at("").equal(at::tensor({3, 1, 4}, at::kLong)));
  }

  void objects_are_not_run() {
    QVERIFY(open_tensor_file(file("evil.pt")).tensors.empty());
    QVERIFY(!QFile::exists(directory_.filePath("evil-was-run")));
  }

  void a_compressed_archive_is_read() {
    QVERIFY(read_tensors(file("deflated.pt")).at("").equal(at::tensor({3, 1, 4}, at::kLong)));
  }

  void strangers_do_not_refuse_a_file_data() {
    QTest::addColumn<QString>("path");
    const QDir folder(directory_.filePath("foreign"));
    for (const auto& name : folder.entryList(QDir::Files))
      QTest::newRow(qPrintable(name)) << folder.filePath(name);
    QVERIFY(folder.entryList(QDir::Files).size() > 100);
  }
  void strangers_do_not_refuse_a_file() {
    QFETCH(QString, path);
    const auto file = open_tensor_file(path.toStdString());
    QVERIFY(as_tensor(file.tensors.at("x")).equal(at::arange(6, at::kFloat)));
  }

  void types_that_nothing_is_computed_from_are_told() {
    const auto type_in = [&](const char* name) {
      return std::string(to_string(open_tensor_file(file(name)).tensors.at("thing").dtype));
    };
    QCOMPARE(type_in("foreign/fp8-2.pt"), "F8_E4M3");
    QCOMPARE(type_in("foreign/uint16-2.pt"), "U16");
    for (const char* name : {"foreign/quantized-2.pt", "foreign/sparse-2.pt", "foreign/complex_tensor-2.pt"})
      QCOMPARE(type_in(name), "of another type");
    const auto repeated = open_tensor_file(file("foreign/expanded-2.pt")).tensors.at("thing");
    QVERIFY(as_tensor(repeated).equal(at::arange(4, at::kLong).expand({3, 4})));
  }

  void a_trainers_file_opens_as_the_model_in_it() {
    const auto checkpoint = Checkpoint::open(file("trainer.pt"));
    QVERIFY(checkpoint->variant() == Checkpoint::open(kDemo)->variant());
    QCOMPARE(checkpoint->components().size(), 4u);
    for (const auto* name : {"expanded", "fp8", "model.weight", "model.bias"})
      QVERIFY2(std::ranges::count(checkpoint->unexpected(), name) == 1, name);
  }

  void whole_models_have_the_names_of_their_state_dict() {
    for (const char* name : {"whole_model.pt", "scripted.pt"}) {
      const auto checkpoint = Checkpoint::open(file(name));
      QVERIFY2(checkpoint->unexpected().empty(), name);
      const auto of_demo = Checkpoint::open(kDemo);
      for (const auto& layer : checkpoint->layers()) QVERIFY2(of_demo->find(layer.name), layer.name.c_str());
      const auto& conv = *checkpoint->find("mel2wav.conv_post");
      QVERIFY(read_folded(*checkpoint, conv, conv.weight())
                  .equal(read_folded(*of_demo, *of_demo->find(conv.name), conv.weight())));
    }
    QCOMPARE(Checkpoint::open(file("whole_model.pt"))->components().size(), 4u);
  }

  void tokens_and_voices_of_cosyvoice_are_read() {
    const std::vector<std::int64_t> expected{3, 1, 4};
    for (const char* name : {"lone.pt", "list.pt", "utt2speech_token.pt"})
      QCOMPARE(read_tokens(file(name)).tokens, expected);
    COMPARE_ERROR(read_tokens(file("utt2speech_tokens.pt")), input, "the tokens of 2 utterances: utt1, utt2");
    COMPARE_ERROR(read_tokens(file("spk2info.pt")), input,
                  "no tensor speech_tokens, but nora.flow_embedding");
    const auto voice = read_conditioning(file("spk2info.pt"));
    QCOMPARE(voice.voice.prompt_token, (std::vector<std::int64_t>{1, 2, 3}));
    QCOMPARE(voice.voice.prompt_feat.size(), 480u);
    QVERIFY(voice.notices.empty());
    COMPARE_ERROR(read_conditioning(file("spk2infos.pt")), input, "holds 2 voices: adam, nora");
  }

  void refuses_what_is_no_plain_archive() {
    COMPARE_ERROR(open_tensor_file(file("legacy.pt")), input, "before 1.6");
    COMPARE_ERROR(open_tensor_file(file("big-endian.pt")), input, "saved on a big-endian machine");
    COMPARE_ERROR(open_tensor_file(file("model.zip")), input, "a zip archive of s3gen.safetensors");
    COMPARE_ERROR(Checkpoint::open(file("conds.pt")), input, "not an S3Gen model");
    COMPARE_ERROR(Checkpoint::open(file("lone.pt")), input, "is in it, but one without a name");
    COMPARE_ERROR(read_tokens(file("scalar.pt")), input, "scalar.pt: its tensor must be [N] or [1,N]");
    const auto whole = read_bytes(file("lone.pt"));
    for (std::size_t length = 4; length < whole.size(); length += 13) {
      write_bytes(file("cut.pt"), whole.substr(0, length));
      COMPARE_ERROR(open_tensor_file(file("cut.pt")), input, "cut.pt");
    }
  }

  void mutations_of_an_archive_open_or_are_refused() {
    const auto seed = octet::test::random_seed();
    std::mt19937 random(seed);
    const auto below = [&](std::size_t bound) {
      return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
    };
    const auto valid = read_bytes(file("lone.pt"));
    const auto directory = valid.find("PK\x01\x02");
    QVERIFY(directory != valid.npos);
    const std::string extremes("\0\x01\x7f\x80\xff", 5);
    int opened = 0;
    int refused = 0;
    for (int i = 0; i < 1500; ++i) {
      auto bytes = valid;
      // Half of the changes go to the central directory, which says where everything is.
      for (auto changes = below(4); changes > 0; --changes) {
        const auto from = below(2) == 0 ? directory : 4;
        bytes[from + below(bytes.size() - from)] = extremes[below(extremes.size())];
      }
      write_bytes(file("changed.pt"), bytes);
      try {
        std::uint64_t sum = 0;
        for (const auto& [name, tensor] : open_tensor_file(file("changed.pt")).tensors)
          sum += static_cast<std::uint64_t>(element_count(tensor.shape));
        QVERIFY(sum <= bytes.size());
        ++opened;
      } catch (const Error& error) {
        QCOMPARE(static_cast<int>(error.kind()), static_cast<int>(ErrorKind::input));
        ++refused;
      }
    }
    QVERIFY2(opened > 200 && refused > 100,
             qPrintable(QString("%1 opened, %2 refused").arg(opened).arg(refused)));
  }

 private:
  std::filesystem::path file(const char* name) const { return directory_.filePath(name).toStdString(); }

  QTemporaryDir directory_;
};

QTEST_GUILESS_MAIN(TestPt)
#include "test_pt.moc"
