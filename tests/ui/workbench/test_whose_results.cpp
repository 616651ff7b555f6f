// Whose a run and its measures are: one clip's, one voice's, one document's, whatever they are called.

#include <QTemporaryDir>
#include <QTest>
#include <filesystem>
#include <semaphore>

#include "core/resources.h"
#include "tests/ui/workbench/opened.h"

using namespace octet;
using namespace octet::ui;
using octet::test::kPatience;
using octet::test::opened;

namespace {

#define WAIT_UNTIL_SYNTHESIZED(workbench) QTRY_VERIFY_WITH_TIMEOUT(!(workbench)->synthesizing(), kPatience)

/// A copy of a clip or voice of the demo, in a folder of this name below `folder`.
std::filesystem::path copied(const QTemporaryDir& folder, const char* below, const char* name,
                             const std::filesystem::path& from) {
  const auto place = std::filesystem::path(folder.path().toStdString()) / below;
  std::filesystem::create_directories(place);
  std::filesystem::copy_file(from, place / name);
  return place / name;
}

/// Lets the lane of the device end all it was given, while what came of it waits to be told.
void end_work_untold(Workbench& workbench) {
  std::binary_semaphore over{0};
  workbench.lanes().device.run(
      "over", &workbench, [&](const JobControl&) { return over.release(), 0; }, [](int) {});
  over.acquire();
}

}  // namespace

class WhoseResultsTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void clips_of_one_stem_have_their_measures_each() {
    const auto workbench = opened();
    QTemporaryDir folder;
    const auto clips = workbench->clips();
    for (const auto* below : {"a", "b"}) {
      workbench->addClip(copied(folder, below, "001.wav", clips[below[0] == 'a' ? 0 : 1].path));
      workbench->synthesize();
      WAIT_UNTIL_SYNTHESIZED(workbench);
    }
    QCOMPARE(workbench->clips().end()[-2].name, QString("001"));
    QCOMPARE(workbench->clips().back().name, QString("001 (b)"));
    QCOMPARE(workbench->report()->clips.size(), 2u);
    QCOMPARE(workbench->report()->clips[0].name, "001");
    QCOMPARE(workbench->report()->clips[1].name, "001 (b)");
    QCOMPARE(workbench->session().current_clip, "001 (b)");
  }

  void voices_of_one_stem_are_two_voices() {
    const auto workbench = opened();
    QTemporaryDir folder;
    const auto voices = workbench->voices();
    workbench->addVoice(copied(folder, "a", "anna.safetensors", voices[1].path));
    workbench->synthesize();
    WAIT_UNTIL_SYNTHESIZED(workbench);
    QVERIFY(!workbench->stale(*workbench->runs().at(0)));
    workbench->addVoice(copied(folder, "b", "anna.safetensors", voices[2].path));
    QCOMPARE(workbench->settings().voice.name, QString("anna (b)"));
    QVERIFY(workbench->stale(*workbench->runs().at(0)));
    QCOMPARE(workbench->session().runs.at(0).voice, "anna");
    QCOMPARE(workbench->session().current_voice, "anna (b)");
  }

  // What was ready is told only when the other document is in place.
  void what_the_former_document_spoke_is_not_this_ones() {
    const auto workbench = opened();
    const auto other = new_document(demo_voice_folder() / "s3gen_demo.safetensors", workbench->settings());
    workbench->synthesize();
    end_work_untold(*workbench);
    workbench->adopt(other);
    WAIT_UNTIL_SYNTHESIZED(workbench);
    QVERIFY(workbench->runs().empty());
    QVERIFY(!workbench->report().has_value());
    QVERIFY(!workbench->otherTake());
  }

  void what_a_removed_plan_spoke_goes_with_it() {
    const auto workbench = opened();
    workbench->addSlot();
    workbench->synthesize();
    end_work_untold(*workbench);
    workbench->removeLastSlot();
    WAIT_UNTIL_SYNTHESIZED(workbench);
    workbench->addSlot();
    QCOMPARE(workbench->runs().size(), 2u);
  }
};

QTEST_MAIN(WhoseResultsTest)
#include "test_whose_results.moc"
