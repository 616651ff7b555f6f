// The document behind the window, on the real demo voice.

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QThread>
#include <QUndoStack>
#include <algorithm>
#include <cmath>
#include <fstream>

#include "core/audio/sound_file.h"
#include "core/synthesis/tensor_inputs.h"
#include "tests/ui/workbench/opened.h"
#include "ui/jobs/jobs_model.h"
#include "ui/measures/plan_times.h"

using octet::Error;
using octet::ErrorKind;
using octet::test::kPatience;
using octet::test::opened;
using octet::ui::JobRunner;
using octet::ui::JobsModel;
using octet::ui::PlanTimes;
using octet::ui::WeightErrors;
using octet::ui::Workbench;

namespace {

#define WAIT_UNTIL_SYNTHESIZED(workbench) QTRY_VERIFY_WITH_TIMEOUT(!(workbench)->synthesizing(), kPatience)

}  // namespace

class WorkbenchTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void the_demo_opens_ready_to_synthesize() {
    const auto workbench = opened();
    QCOMPARE(workbench->planSlots().size(), 2u);
    QCOMPARE(workbench->currentSlot(), 1);  // B is what people change
    QCOMPARE(QString::fromStdString(workbench->planSlots()[1].editor->plan().name), "seed");
    QVERIFY(workbench->clips().size() >= 16);
    QVERIFY(workbench->voices().size() >= 4);  // the clip's own, and the conditioning files
    QVERIFY(workbench->runs().empty());
  }

  // Whatever an idle lane chose for itself before.
  void by_default_it_computes_with_a_thread_for_each_core() {
    Workbench workbench;
    QSignalSpy measured(&workbench.weightErrors(), &WeightErrors::measured);
    workbench.openDemo();
    QVERIFY(measured.wait(kPatience));
    auto settings = workbench.settings();
    settings.steps = 1;
    settings.device = "cpu";
    workbench.setSettings(settings);
    workbench.synthesize();
    WAIT_UNTIL_SYNTHESIZED(&workbench);
    const int told = qEnvironmentVariableIntValue("OMP_NUM_THREADS");
    QCOMPARE(workbench.report()->threads, told > 0 ? told : QThread::idealThreadCount());
  }

  void a_and_b_are_heard_one_by_one_then_measured() {
    const auto workbench = opened();
    QList<std::size_t> heard;
    connect(workbench.get(), &Workbench::runsChanged, this, [&] { heard << workbench->runs().size(); });
    QSignalSpy problems(workbench.get(), &Workbench::problem);
    workbench->synthesize();
    QVERIFY(workbench->synthesizing());
    WAIT_UNTIL_SYNTHESIZED(workbench);
    QCOMPARE(problems.size(), 0);
    QCOMPARE(heard, QList<std::size_t>({1, 2}));
    const auto runs = workbench->runs();
    QCOMPARE(runs[0]->synthesis.waveform.size(), runs[1]->synthesis.waveform.size());
    QVERIFY(runs[0]->synthesis.waveform != runs[1]->synthesis.waveform);
    QVERIFY(runs[0]->synthesis.stages.contains("mel_step_1"));
    QVERIFY(workbench->original() != nullptr);
    // Nobody makes these on the window's thread.
    QVERIFY(workbench->originalOverview() && workbench->runs().front()->overview);
    QVERIFY(workbench->report().has_value());
    QCOMPARE(workbench->report()->clips.size(), 1u);
    QCOMPARE(workbench->report()->clips[0].floors.size(), 2u);

    // The same again: the same bytes.
    workbench->synthesize();
    WAIT_UNTIL_SYNTHESIZED(workbench);
    QVERIFY(workbench->runs()[1]->synthesis.waveform == runs[1]->synthesis.waveform);

    // Editing a plan makes its run stale, until it is made again; the other stays.
    const auto stale = [&](std::size_t slot) { return workbench->stale(*workbench->runs()[slot]); };
    QVERIFY(!stale(0) && !stale(1));
    workbench->planSlots()[1].editor->setPlan(octet::preset("vocoder-only", octet::Precision::fp32, false),
                                              "vocoder only");
    QVERIFY(!stale(0) && stale(1));
    // Other rules that do the same are no other plan.
    auto spelled = octet::preset("seed", octet::Precision::bf16, false);
    const auto& layers = workbench->checkpoint()->layers();
    const auto done = octet::resolve(spelled, layers);
    for (std::size_t i = 0; i < layers.size(); ++i)
      if (done.layers[i].effective.storage == octet::Precision::int8)
        spelled.layers[layers[i].name] = {.precision = octet::Precision::int8};
    workbench->planSlots()[1].editor->setPlan(spelled, "spelled out");
    QVERIFY(!stale(0) && !stale(1));
    workbench->planSlots()[1].editor->undoStack()->undo();
    QVERIFY(!stale(0) && stale(1));
    workbench->synthesize();
    WAIT_UNTIL_SYNTHESIZED(workbench);
    QVERIFY(!stale(1));
    QVERIFY(workbench->runs()[0]->synthesis.waveform == runs[0]->synthesis.waveform);
    // Nothing before the vocoder changed against A.
    QVERIFY(workbench->runs()[1]->synthesis.mel == workbench->runs()[0]->synthesis.mel);
  }

  // Reading, A, B, measuring: the bar rises within each synthesis, and never falls.
  void progress_of_a_synthesis_rises_over_its_stages() {
    const auto workbench = opened();
    JobsModel model;
    model.watch(workbench->lanes().device);
    model.watch(workbench->syntheses());
    workbench->synthesize();
    const auto row = model.index(0, 0);
    const auto part = [&](int role) { return row.data(role).toInt(); };
    QCOMPARE(part(JobsModel::kTotalRole), 4 * JobsModel::kJobParts);
    std::vector<int> done;
    QStringList said;
    QObject::connect(&model, &JobsModel::dataChanged, this, [&] {
      if (!part(JobsModel::kOpenRole)) return;
      done.push_back(part(JobsModel::kDoneRole));
      said << row.data(JobsModel::kNowRole).toString();
    });
    WAIT_UNTIL_SYNTHESIZED(workbench);
    QVERIFY(std::ranges::is_sorted(done));
    for (const int job : {1, 2}) {  // A and B
      const auto within = std::ranges::count_if(done, [job](int parts) {
        return parts > job * JobsModel::kJobParts && parts < (job + 1) * JobsModel::kJobParts;
      });
      QVERIFY2(within >= 3, qPrintable(QString::number(within)));
    }
    const auto clip = workbench->clips()[0].name;
    for (const auto* slot : {"A", "B"})
      QVERIFY2(said.contains(QStringLiteral("Synthesize %1: %2").arg(slot, clip)),
               qPrintable(said.join('|')));
  }

  // Although the engine keeps stages, and A and B have some in common.
  void plans_are_timed_in_turn_and_anew() {
    const auto workbench = opened();
    auto settings = workbench->settings();
    settings.steps = 1;
    workbench->setSettings(settings);
    QSignalSpy timed(workbench.get(), &Workbench::timed);
    workbench->timePlans();
    QVERIFY(!workbench->timings().active());  // nothing was spoken
    workbench->synthesize();
    WAIT_UNTIL_SYNTHESIZED(workbench);
    workbench->timePlans();
    workbench->timePlans();  // asked twice, done once
    QTRY_VERIFY_WITH_TIMEOUT(!workbench->timings().active(), kPatience);
    QCOMPARE(timed.size(), 1);
    const auto times = timed.front().front().value<PlanTimes>();
    QCOMPARE(times.names, QStringList({"A", "B", "bf16"}));
    QCOMPARE(times.request.seconds, workbench->runs().front()->seconds());
    QVERIFY(times.working_bytes > 0);
    QVERIFY(!times.device.isEmpty());
    QCOMPARE(times.plans[1].threads, workbench->report()->threads);
    QCOMPARE(times.plans.size(), std::size_t{3});
    QCOMPARE(times.of_slots, 2);
    QVERIFY(times.plans[1].weight_bytes < times.plans[0].weight_bytes);
    for (const auto& plan : times.plans)
      for (const auto& stage : plan.stages)
        QVERIFY2(stage.min_seconds > 0 && stage.min_ratio <= stage.ratio && stage.ratio <= stage.max_ratio,
                 (plan.plan + ": " + stage.stage).c_str());
    // What was changed meanwhile is another's time.
    QSignalSpy outdated(workbench.get(), &Workbench::timesOutdated);
    workbench->timePlans();
    workbench->planSlots()[1].editor->setPlan(octet::preset("vocoder-only", octet::Precision::fp32, false),
                                              "vocoder only");
    QVERIFY(!outdated.isEmpty());
    QTRY_VERIFY_WITH_TIMEOUT(!workbench->timings().active(), kPatience);
    QCOMPARE(timed.size(), 1);
  }

  void opinions_are_predicted_once_they_are_asked_for() {
    const auto workbench = opened();
    const auto predicted = [&] {
      const auto& scores = workbench->report()->clips.at(0).runs.at(1).scores;
      return std::ranges::find(scores, "predicted_mos_change", &octet::Score::measure) != scores.end();
    };
    workbench->setPredictions(octet::Predictions::made);
    QVERIFY(!workbench->synthesizing());  // nothing is measured that they would be missing of
    workbench->setPredictions(octet::Predictions::left_out);
    workbench->synthesize();
    WAIT_UNTIL_SYNTHESIZED(workbench);
    QVERIFY(!predicted());
    workbench->setPredictions(octet::Predictions::made);
    QVERIFY(workbench->synthesizing());
    WAIT_UNTIL_SYNTHESIZED(workbench);
    QVERIFY(predicted());
    workbench->setPredictions(octet::Predictions::left_out);
    QVERIFY(!workbench->synthesizing() && predicted());  // what is known stays
  }

  // What the window does for all clips is done for the first one; for another, what concerns it.
  void of_a_clip_that_is_not_shown_it_is_told_by_itself() {
    const auto workbench = opened();
    workbench->synthesize();
    WAIT_UNTIL_SYNTHESIZED(workbench);
    QSignalSpy reports(workbench.get(), &Workbench::reportChanged);
    QSignalSpy runs(workbench.get(), &Workbench::runsChanged), made(workbench.get(), &Workbench::runMade);
    QSignalSpy measured(workbench.get(), &Workbench::clipMeasured);
    workbench->setCurrentClip(1);
    runs.clear();
    workbench->synthesize();
    workbench->setCurrentClip(0);
    runs.clear();
    WAIT_UNTIL_SYNTHESIZED(workbench);
    QCOMPARE(reports.size(), 0);
    QCOMPARE(runs.size(), 0);
    QCOMPARE(made.size(), 2);
    for (const auto& told : made) QCOMPARE(told[0].toInt(), 1);
    QCOMPARE(measured.size(), 1);
    QCOMPARE(measured[0][0].toInt(), 1);
    // All that was spoken by one plan shares it.
    const auto of = [&](int clip) { return workbench->runsOf(workbench->clips()[std::size_t(clip)])[1]; };
    QCOMPARE(of(0)->resolved, of(1)->resolved);
  }

  void another_clip_joins_the_report_of_the_same_plans() {
    const auto workbench = opened();
    workbench->synthesize();
    WAIT_UNTIL_SYNTHESIZED(workbench);
    workbench->setCurrentClip(1);
    QVERIFY(workbench->runs().empty());
    workbench->synthesize();
    WAIT_UNTIL_SYNTHESIZED(workbench);
    QCOMPARE(workbench->report()->clips.size(), 2u);
    workbench->setCurrentClip(0);
    QCOMPARE(workbench->runs().size(), 2u);
  }

  void a_removed_plan_takes_its_scores_along_and_leaves_those_of_the_others() {
    const auto workbench = opened();
    workbench->addSlot();
    workbench->editor()->setPlan(octet::preset("vocoder-only", octet::Precision::fp32, false),
                                 "vocoder only");
    workbench->synthesize();
    WAIT_UNTIL_SYNTHESIZED(workbench);
    QCOMPARE(workbench->report()->runs.size(), 3u);
    const auto b = workbench->report()->clips[0].runs[1].scores;
    workbench->removeLastSlot();
    QCOMPARE(workbench->report()->runs.size(), 2u);
    QCOMPARE(workbench->report()->clips[0].runs.size(), 2u);
    QCOMPARE(workbench->report()->clips[0].runs[1].scores.size(), b.size());
    QCOMPARE(workbench->runs().size(), 2u);
    workbench->addSlot();  // the same name, another plan: nothing of the former comes back
    QCOMPARE(workbench->runs().size(), 2u);
  }

  void out_of_gpu_memory_is_told_with_what_to_try_and_costs_nothing_else() {
    const auto workbench = opened();
    workbench->setSpeak([](const auto&, const auto&, const auto&, const auto&) -> octet::Synthesis {
      throw Error(ErrorKind::device, "CUDA out of memory", "synthesize fewer tokens at once");
    });
    QSignalSpy problems(workbench.get(), &Workbench::problem);
    workbench->synthesize();
    QTRY_VERIFY_WITH_TIMEOUT(!problems.isEmpty(), kPatience);
    workbench->cancelSynthesis();  // the measures would work: they do not go through what fails here
    WAIT_UNTIL_SYNTHESIZED(workbench);
    QCOMPARE(problems[0][0].toString(), "CUDA out of memory");
    QCOMPARE(problems[0][1].toString(), "synthesize fewer tokens at once");
    QVERIFY(workbench->runs().empty());
    QCOMPARE(workbench->clips().empty(), false);
  }

  void cancelling_in_mid_synthesis_ends_quietly() {
    const auto workbench = opened();
    auto settings = workbench->settings();
    settings.steps = 50;
    workbench->setSettings(settings);
    QSignalSpy problems(workbench.get(), &Workbench::problem);
    bool cancelled = false;
    connect(&workbench->lanes().device, &JobRunner::progressed, this,
            [&](JobRunner::Id, const octet::Progress& progress) {
              if (progress.total == 50 && !cancelled) {
                cancelled = true;
                workbench->cancelSynthesis();
              }
            });
    workbench->synthesize();
    WAIT_UNTIL_SYNTHESIZED(workbench);
    QVERIFY(cancelled);
    QCOMPARE(problems.size(), 0);
    QVERIFY(workbench->runs().empty());
  }

  void a_bad_checkpoint_leaves_the_open_one_alone() {
    const auto workbench = opened();
    QTemporaryDir folder;
    const auto path = std::filesystem::path(folder.filePath("bad.safetensors").toStdString());
    QFile file(QString::fromStdString(path.string()));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("not a checkpoint");
    file.close();
    QSignalSpy problems(workbench.get(), &Workbench::problem);
    workbench->openCheckpoint(path);
    QVERIFY(problems.wait(kPatience));
    QVERIFY2(problems[0][0].toString().contains("bad.safetensors"), qPrintable(problems[0][0].toString()));
    QCOMPARE(QString::fromStdString(workbench->checkpoint()->path().filename().string()),
             "s3gen_demo.safetensors");
  }

  void tokens_need_a_voice() {
    const auto workbench = opened();
    QTemporaryDir folder;
    const auto path = std::filesystem::path(folder.filePath("line.safetensors").toStdString());
    octet::write_tensors(path, {{"speech_tokens", {{1, 4}, std::vector<std::int64_t>{1, 2, 3, 4}}}});
    QSignalSpy problems(workbench.get(), &Workbench::problem);
    workbench->addClip(path);
    workbench->synthesize();
    WAIT_UNTIL_SYNTHESIZED(workbench);
    QCOMPARE(problems.size(), 1);
    QVERIFY2(problems[0][1].toString().contains("voice"), qPrintable(problems[0][1].toString()));
    auto settings = workbench->settings();
    settings.voice = workbench->voices()[1];
    workbench->setSettings(settings);
    workbench->synthesize();
    WAIT_UNTIL_SYNTHESIZED(workbench);
    QCOMPARE(problems.size(), 1);
    QCOMPARE(workbench->runs().size(), 2u);
  }

  void what_was_captured_has_its_voice_its_draws_and_its_steps() {
    const auto workbench = opened();
    std::vector<octet::SynthesisRequest> asked;
    workbench->setSpeak(
        [&asked](const auto&, const auto&, const auto& request, const auto&) -> octet::Synthesis {
          asked.push_back(request);
          throw Error(ErrorKind::device, "only the request matters here");
        });
    QTemporaryDir folder;
    const auto path = std::filesystem::path(folder.filePath("0001").toStdString());
    std::filesystem::create_directory(path);
    const octet::Conditioning voice{{1, 2}, std::vector<float>(4 * 80, -3.0f), std::vector<float>(192, 0.5f)};
    octet::write_tensors(path / "t.safetensors",
                         {{"speech_tokens", {{1, 2}, std::vector<std::int64_t>{7, 8}}}});
    octet::write_conditioning(path / "c.safetensors", voice);
    octet::write_tensors(path / "n.safetensors",
                         {{"cfm_noise", {{1, 80, 8}, std::vector<float>(80 * 8, 0.25f)}}});
    std::ofstream(path / "capture.json") << R"({"arguments": ["--tokens", "t.safetensors", "--conds",
      "c.safetensors", "--noise", "n.safetensors", "--steps", "4"], "meanflow": false})";
    workbench->addClip(path);
    const auto first_of = [&](int steps, std::uint64_t seed, const octet::ui::Voice& whose) {
      auto settings = workbench->settings();
      settings.steps = steps;
      settings.seed = seed;
      settings.voice = whose;
      workbench->setSettings(settings);
      asked.clear();
      workbench->synthesize();
      if (!QTest::qWaitFor([&] { return !workbench->synthesizing(); }, kPatience) || asked.empty())
        qFatal("nothing was asked for");
      return asked.front();
    };
    const auto own = first_of(0, 0, {});
    QCOMPARE(own.tokens, (std::vector<std::int64_t>{7, 8}));
    QVERIFY(own.voice.prompt_token == voice.prompt_token && own.voice.embedding == voice.embedding);
    QCOMPARE(own.steps, 4);
    QCOMPARE(own.noise.size(), 1u);
    const auto another_take = first_of(3, 1, {});
    QCOMPARE(another_take.steps, 3);
    QVERIFY(another_take.noise.empty());
    const auto another_voice = first_of(0, 0, workbench->voices()[1]);  // of another length than the draws
    QCOMPARE(another_voice.tokens, own.tokens);
    QVERIFY(another_voice.voice.embedding != voice.embedding && another_voice.noise.empty());
  }

  void a_recording_at_another_rate_arrives_ready_to_be_heard() {
    const auto workbench = opened();
    workbench->setSpeak([](const auto&, const auto&, const auto&, const auto&) -> octet::Synthesis {
      throw Error(ErrorKind::device, "only the recording matters here");
    });
    QTemporaryDir folder;
    const auto path = std::filesystem::path(folder.filePath("dropped.wav").toStdString());
    octet::Sound dropped{48000, 2, std::vector<float>(2 * 48000)};
    for (std::size_t i = 0; i < dropped.samples.size(); ++i)
      dropped.samples[i] = i % 2 == 0 ? 0.2f : 0.4f;  // a level for each channel
    octet::write_wav(path, dropped);
    workbench->addClip(path);
    workbench->synthesize();
    QTRY_VERIFY_WITH_TIMEOUT(workbench->original() != nullptr, kPatience);
    workbench->cancelSynthesis();
    WAIT_UNTIL_SYNTHESIZED(workbench);
    QCOMPARE(workbench->original()->sample_rate, octet::ui::kSampleRate);
    QCOMPARE(workbench->original()->channels, 1);
    QCOMPARE(workbench->original()->samples.size(), std::size_t(octet::ui::kSampleRate));
    // Half a second in, far from the edges where the filter rings.
    QVERIFY(std::abs(workbench->original()->samples[octet::ui::kSampleRate / 2] - 0.3f) < 1e-3f);
  }

  void what_reading_a_clip_found_is_told_once() {
    const auto workbench = opened();
    workbench->setSpeak([](const auto&, const auto&, const auto&, const auto&) -> octet::Synthesis {
      throw Error(ErrorKind::cancelled, "only the recording matters here");
    });
    QTemporaryDir folder;
    const auto path = folder.filePath("piped.wav");
    octet::write_wav(path.toStdString(), {24000, 1, std::vector<float>(24000)}, octet::SampleFormat::pcm16);
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadWrite) && file.seek(40));
    const std::uint32_t unknown_length = 0x7FFFF000;  // as SoX leaves it in a pipe
    file.write(reinterpret_cast<const char*>(&unknown_length), sizeof unknown_length);
    file.close();
    QSignalSpy notices(workbench.get(), &Workbench::noticed);
    workbench->addClip(path.toStdString());
    for (int time = 0; time < 2; ++time) {
      workbench->synthesize();
      QTRY_VERIFY_WITH_TIMEOUT(workbench->original() != nullptr, kPatience);
      workbench->cancelSynthesis();
      WAIT_UNTIL_SYNTHESIZED(workbench);
    }
    QCOMPARE(notices.size(), 1);
    const auto lines = notices[0][0].toString().split('\n');
    QCOMPARE(lines.size(), 3);
    QVERIFY2(lines[0].contains("piped.wav: its header was never finished"), qPrintable(lines[0]));
    QVERIFY2(lines[1].contains("piped.wav is silent"), qPrintable(lines[1]));
    QVERIFY2(lines[2].contains("the prompt is silent"), qPrintable(lines[2]));
  }

  void closing_in_mid_synthesis_ends_cleanly() {
    auto workbench = opened();
    QSignalSpy progress(&workbench->lanes().device, &JobRunner::progressed);
    workbench->synthesize();
    QVERIFY(progress.wait(kPatience));
    workbench.reset();
  }
};

QTEST_MAIN(WorkbenchTest)
#include "test_workbench.moc"
