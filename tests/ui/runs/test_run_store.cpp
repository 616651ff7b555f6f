#include <QTest>

#include "ui/runs/run_store.h"

using namespace octet;
using namespace octet::ui;

namespace {

constexpr int kA = 0, kB = 1, kC = 2;
constexpr std::size_t kValues = 1000;  // of the one stage, 4 bytes each
constexpr std::uint64_t kBytes = 4 * kValues;

std::shared_ptr<const Run> run(const std::string& clip, int slot, const QByteArray& recipes = {}) {
  auto made = std::make_shared<Run>();
  made->key.clip = clip;
  made->key.slot = slot;
  made->key.recipes = recipes;
  made->synthesis.waveform.assign(10, 0.5f);
  made->synthesis.seconds = 1.5;
  made->synthesis.stages["mel"] = {{1, kValues}, std::vector<float>(kValues)};
  return made;
}

bool has_stages(const RunStore& store, const char* clip, int slot, std::size_t age = 0) {
  return !store.of(clip, slot).at(age)->synthesis.stages.empty();
}

}  // namespace

class RunStoreTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void stages_stay_within_the_budget_and_waveforms_for_good() {
    RunStore store(3 * kBytes);
    for (int clip = 0; clip < 50; ++clip)
      for (const int slot : {kA, kB}) store.keep(run("clip" + std::to_string(clip), slot));
    QVERIFY(store.stageBytes() <= 3 * kBytes);
    QCOMPARE(store.all().size(), 50u);
    for (const auto& [clip, of_clip] : store.all())
      for (const auto& [slot, runs] : of_clip) {
        QCOMPARE(runs.front()->synthesis.waveform.size(), 10u);
        QCOMPARE(runs.front()->synthesis.seconds, 1.5);
      }
    QVERIFY(has_stages(store, "clip49", kA) && has_stages(store, "clip49", kB));
    QVERIFY(!has_stages(store, "clip0", kA));
  }

  void the_clip_that_was_looked_at_longest_ago_goes_first() {
    RunStore store(2 * kBytes);
    store.keep(run("first", kA));
    store.keep(run("second", kA));
    store.use("first");
    store.keep(run("third", kA));
    QVERIFY(has_stages(store, "first", kA));
    QVERIFY(!has_stages(store, "second", kA));
    QVERIFY(has_stages(store, "third", kA));
  }

  // Else a budget that is too small for one clip would show nothing at all.
  void the_clip_used_last_keeps_its_stages_whatever_they_take() {
    RunStore store(kBytes / 2);
    store.keep(run("only", kA));
    store.keep(run("only", kB));
    QVERIFY(has_stages(store, "only", kA) && has_stages(store, "only", kB));
  }

  // A plan that goes back to what it was finds its run; in every field another key is another run.
  void a_run_is_found_by_all_that_decides_how_it_sounds() {
    RunStore store;
    const auto before = run("clip", kB, "seed"), after = run("clip", kB, "edited");
    store.keep(before);
    store.keep(after);
    QVERIFY(store.find(before->key) == before && store.find(after->key) == after);
    QVERIFY(store.of("clip", kB).front() == after);
    std::vector<RunKey> others(7, before->key);
    others[0].clip = "another";
    others[1].slot = kC;
    others[2].recipes = "another";
    others[3].voice = "another";
    others[4].steps = 1;
    others[5].seed = 1;
    others[6].device = "cuda";
    others.push_back(before->key);
    others.back().threads = 1;
    for (const auto& key : others) QVERIFY(!store.find(key));
    // Made again it is one, and the newest.
    const auto again = run("clip", kB, "seed");
    store.keep(again);
    QCOMPARE(store.of("clip", kB).size(), 2u);
    QVERIFY(store.of("clip", kB).front() == again);
  }

  void earlier_runs_are_few_and_give_their_stages_first() {
    RunStore store(3 * kBytes);
    store.keep(run("other", kA));
    for (int edit = 0; edit < 20; ++edit) store.keep(run("clip", kB, QByteArray::number(edit)));
    QCOMPARE(store.of("clip", kB).size(), RunStore::kMostOfSlot);
    QCOMPARE(store.of("clip", kB).at(1)->key.recipes, QByteArray("18"));
    QVERIFY(has_stages(store, "clip", kB) && has_stages(store, "other", kA));
    QVERIFY(!has_stages(store, "clip", kB, 2));
  }

  // Hours of edits over many clips: what can be made again does not fill the memory.
  void earlier_runs_stay_within_their_budget_and_the_newest_for_good() {
    constexpr std::uint64_t kSound = 10 * sizeof(float);
    RunStore store(3 * kBytes, 4 * kSound);
    for (const auto* clip : {"first", "second", "third"})
      for (int edit = 0; edit < 4; ++edit) store.keep(run(clip, kB, QByteArray::number(edit)));
    QCOMPARE(store.of("first", kB).size(), 1u);
    QCOMPARE(store.of("second", kB).size(), 2u);
    QCOMPARE(store.of("third", kB).size(), 4u);  // which is looked at
    for (const auto* clip : {"first", "second", "third"})
      QCOMPARE(store.of(clip, kB).front()->key.recipes, QByteArray("3"));
    QCOMPARE(store.of("second", kB).back()->key.recipes, QByteArray("2"));
    std::uint64_t stages = 0;
    for (const auto& [clip, of_clip] : store.all())
      for (const auto& made : of_clip.at(kB)) stages += bytes_of(made->synthesis.stages);
    QCOMPARE(store.stageBytes(), stages);
  }

  void a_slot_is_forgotten_in_all_clips() {
    RunStore store;
    for (const int slot : {kA, kC})
      for (const auto* clip : {"first", "second"}) store.keep(run(clip, slot));
    store.forget(kC);
    QVERIFY(store.of("first", kC).empty() && store.of("second", kC).empty());
    QVERIFY(!store.of("first", kA).empty());
    QVERIFY(store.of("nowhere", kA).empty());
  }
};

QTEST_GUILESS_MAIN(RunStoreTest)
#include "test_run_store.moc"
