#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <fstream>

#include "core/error.h"
#include "core/resources.h"
#include "ui/document/file_kind.h"
#include "ui/document/layer_damages.h"

using namespace octet;
using namespace octet::ui;

namespace {

constexpr auto kConv = "mel2wav.conv_pre";

}  // namespace

class TestLayerDamages : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;
  std::shared_ptr<const Checkpoint> checkpoint_ =
      Checkpoint::open(demo_voice_folder() / "s3gen_demo.safetensors");

  std::filesystem::path file(const std::string& layers, const std::string& keys = "") const {
    const auto path = std::filesystem::path(folder_.path().toStdString()) / "study.json";
    std::ofstream(path) << R"({"format":"octet-sensitivity","version":1,)" << keys << R"("layers":[)"
                        << layers << "]}";
    return path;
  }
  float damage_of_conv(const LayerDamages& read) const {
    const auto& layers = checkpoint_->layers();
    for (std::size_t i = 0; i < layers.size(); ++i)
      if (layers[i].name == kConv) return read.damages.at(i);
    qFatal("no such layer");
  }

 private Q_SLOTS:
  void of_several_ways_the_best_counts_and_what_is_unknown_is_no_number() {
    const auto path = file(R"({"layer":"mel2wav.conv_pre","damage":0.5},)"
                           R"({"layer":"mel2wav.conv_pre","damage":0.25,"method":"dynamic"},)"
                           R"({"layer":"of.another","damage":1})");
    QCOMPARE(kind_of(path), FileKind::sensitivity);
    const auto read = read_study(path, *checkpoint_).layers;
    QCOMPARE(read.damages.size(), checkpoint_->layers().size());
    QCOMPARE(damage_of_conv(read), 0.25F);
    QCOMPARE(std::ranges::count_if(read.damages, [](float damage) { return !std::isnan(damage); }), 1);
    QCOMPARE(read.warnings.size(), std::size_t{1});
    QVERIFY(read.warnings[0].find("of.another") != std::string::npos);
  }

  void a_study_of_another_checkpoint_is_refused() {
    const auto path = file(R"({"layer":"mel2wav.conv_pre","damage":0.5})",
                           R"("subject":{"checkpoint":"other.safetensors","checkpoint_sha256":"00"},)");
    try {
      (void)read_study(path, *checkpoint_);
      QFAIL("it was taken");
    } catch (const Error& error) {
      QVERIFY2(std::string(error.what()).find("other.safetensors") != std::string::npos, error.what());
    }
  }

  void a_plan_is_no_study() {
    const auto path = std::filesystem::path(folder_.path().toStdString()) / "some.json";
    std::ofstream(path) << R"({"format":"octet-plan","version":1,"name":"x","rules":[]})";
    QCOMPARE(kind_of(path), FileKind::plan);
  }
};

QTEST_MAIN(TestLayerDamages)
#include "test_layer_damages.moc"
