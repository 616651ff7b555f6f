#include <QTest>

#include "ui/runs/run_store.h"

using namespace octet;
using namespace octet::ui;

namespace {

constexpr std::size_t kValues = 1000;  // of the one stage, 4 bytes each
constexpr std::uint64_t kBytes = 4 * kValues;

std::shared_ptr<const Run> run(const QString& slot) {
  auto made = std::make_shared<Run>();
  made->name = slot;
  made->synthesis.waveform.assign(10, 0.5f);
  made->synthesis.seconds = 1.5;
  made->synthesis.stages["mel"] = {{1, kValues}, std::vector<float>(kValues)};
  return made;
}

bool has_stages(const RunStore& store, const char* clip, const QString& slot) {
  return !store.of(clip).at(slot)->synthesis.stages.empty();
}

}  // namespace

class RunStoreTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void stages_stay_within_the_budget_and_waveforms_for_good() {
    RunStore store(3 * kBytes);
    for (int clip = 0; clip < 50; ++clip)
      for (const auto* slot : {"A", "B"}) store.keep("clip" + std::to_string(clip), run(slot));
    QVERIFY(store.stageBytes() <= 3 * kBytes);
    QCOMPARE(store.all().size(), 50u);
    for (const auto& [clip, runs] : store.all())
      for (const auto& [slot, made] : runs) {
        QCOMPARE(made->synthesis.waveform.size(), 10u);
        QCOMPARE(made->synthesis.seconds, 1.5);
      }
    QVERIFY(has_stages(store, "clip49", "A") && has_stages(store, "clip49", "B"));
    QVERIFY(!has_stages(store, "clip0", "A"));
  }

  void the_clip_that_was_looked_at_longest_ago_goes_first() {
    RunStore store(2 * kBytes);
    store.keep("first", run("A"));
    store.keep("second", run("A"));
    store.use("first");
    store.keep("third", run("A"));
    QVERIFY(has_stages(store, "first", "A"));
    QVERIFY(!has_stages(store, "second", "A"));
    QVERIFY(has_stages(store, "third", "A"));
  }

  // Else a budget that is too small for one clip would show nothing at all.
  void the_clip_used_last_keeps_its_stages_whatever_they_take() {
    RunStore store(kBytes / 2);
    store.keep("only", run("A"));
    store.keep("only", run("B"));
    QVERIFY(has_stages(store, "only", "A") && has_stages(store, "only", "B"));
  }

  void a_slot_is_forgotten_in_all_clips() {
    RunStore store;
    for (const auto* slot : {"A", "C"})
      for (const auto* clip : {"first", "second"}) store.keep(clip, run(slot));
    store.forget("C");
    QVERIFY(!store.of("first").contains("C") && !store.of("second").contains("C"));
    QVERIFY(store.of("first").contains("A"));
    QVERIFY(store.of("nowhere").empty());
  }
};

QTEST_GUILESS_MAIN(RunStoreTest)
#include "test_run_store.moc"
