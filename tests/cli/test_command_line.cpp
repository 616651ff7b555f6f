#include "tests/cli/octet_process.h"

using namespace octet::test;

class TestCommandLine : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    save(path_of(here(folder_, "tokens")), {{"speech_tokens", ids(some_ids(10))}});
    save(path_of(here(folder_, "voice")), short_voice());
    write_tones(here(folder_, "a.wav"), 16000, 1, 1);
    QCOMPARE(run_octet({"plan", "new", "--preset", "seed", "-o", here(folder_, "seed.json")}).code, 0);
  }

  void help_of_every_command_has_an_example_data() {
    QTest::addColumn<QStringList>("command");
    QTest::newRow("octet") << QStringList{};
    QTest::newRow("plan new") << QStringList{"plan", "new"};
    QTest::newRow("plan show") << QStringList{"plan", "show"};
    QTest::newRow("plan set") << QStringList{"plan", "set"};
    QTest::newRow("plan diff") << QStringList{"plan", "diff"};
    QTest::newRow("bench toggle") << QStringList{"bench", "toggle"};
    QTest::newRow("bench kernels") << QStringList{"bench", "kernels"};
    for (const char* name :
         {"demo", "inspect", "plan", "synth", "compare", "measure", "export", "verify", "bench", "doctor"})
      QTest::newRow(name) << QStringList{name};
  }
  void help_of_every_command_has_an_example() {
    QFETCH(QStringList, command);
    const auto help = run_octet(command + QStringList{"--help"});
    QCOMPARE(help.code, 0);
    QVERIFY(help.out.contains("Example: octet " + command.join(' ').toUtf8()));
    QVERIFY(help.err.isEmpty());
  }

  void says_its_version() {
    const auto run = run_octet({"--version"});
    QCOMPARE(run.code, 0);
    QVERIFY2(QRegularExpression("^octet \\d+\\.\\d+\\.\\d+\n$").match(run.out).hasMatch(), run.out);
  }

  void wrong_usage_ends_with_2_data() {
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("says");
    const auto row = [](const char* name, const QStringList& arguments, const char* says) {
      QTest::newRow(name) << arguments << QByteArray(says);
    };
    row("nothing", {}, "--help");
    row("unknown command", {"quantise"}, "\"quantise\" is no command");
    row("unknown option", {"inspect", "x", "--fast"}, "--fast");
    row("nothing to say", {"synth", "x", "--conds", "c", "-o", "o"}, "--tokens");
    row("said twice", {"synth", "x", "--tokens", "t", "--source", "s", "--conds", "c", "-o", "o"},
        "--source");
    row("no voice", {"synth", "x", "--tokens", "t", "-o", "o"}, "--reference");
    row("no output", {"synth", "x", "--tokens", "t", "--conds", "c"}, "--out");
    row("no steps", {"synth", "x", "--tokens", "t", "--conds", "c", "-o", "o", "--steps", "0"}, "--steps");
    row("too many steps", {"synth", "x", "--tokens", "t", "--conds", "c", "-o", "o", "--steps", "51"},
        "--steps");
    // Converted by the parser's own means, 010 would be 8, 0x10 16, and nan within every range.
    for (const auto* number : {"-1", "010", "1e3", "0x10", "0b1", "1.0", "+1", "lucky", "",
                               "18446744073709551616", "99999999999999999999999"})
      row(number, {"doctor", "--seed", number},
          "is none of the whole numbers 0 … 18446744073709551615 (2^64 - 1)");
    for (const auto* number : {"-1", "1025", "04", "4.0", "1e1"})
      row(number, {"doctor", "--threads", number}, "--threads");
    for (const auto* number : {"-1", "02", "0x2", "2e0"})
      row(number, {"bench", "--steps", number}, "--steps");
    for (const auto* number : {"0", "1001", "08"}) row(number, {"bench", "--rounds", number}, "--rounds");
    for (const auto* number : {"0", "257", "04", "2,4"}) row(number, {"bench", "--batch", number}, "--batch");
    for (const auto* number : {"nan", "inf", "-1", "0", "601", "0x1", "1s", ""})
      row(number, {"bench", "--seconds", number}, "--seconds");
    row("device", {"doctor", "--device", "tpu"}, "unknown device \"tpu\"");
    row("device number", {"doctor", "--device", "cuda:x"}, "unknown device \"cuda:x\"");
    for (const auto* device : {"cuda:-1", "cuda:", "cuda:+0", "cuda: 0", "cuda:0x", "CUDA", "gpu", ""})
      row(device, {"doctor", "--device", device}, "unknown device");
    row("plan command", {"plan"}, "--help");
    row("unknown plan command", {"plan", "make"}, "\"make\" is no command");
    row("preset", {"plan", "new", "--preset", "tiny", "-o", "-"}, "presets: seed");
    row("base", {"plan", "new", "--preset", "seed", "--base", "int8", "-o", "-"}, "base");
    row("precision", {"plan", "set", "./seed", "flow.*", "int7"}, "unknown precision \"int7\"");
    row("method", {"plan", "set", "./seed", "flow.*", "int8", "--method", "magic"},
        "unknown method \"magic\"");
    row("options of another benchmark", {"bench", "--rounds", "2", "toggle"}, "--rounds");
    row("rounds of another benchmark", {"bench", "--rounds", "2", "kernels"}, "--rounds");
    row("batches of another benchmark", {"bench", "--batch", "2", "toggle"}, "--batch");
    row("plans of another benchmark", {"bench", "--plan", "seed", "toggle"}, "--plan");
    row("one plan to compare", {"compare", "x", "--plan", "seed"}, "two plans");
    row("export to nowhere", {"export", "x", "--plan", "seed"}, "-o");
  }
  void wrong_usage_ends_with_2() {
    QFETCH(QStringList, arguments);
    QFETCH(QByteArray, says);
    const auto run = run_octet(arguments);
    COMPARE_RUN(run, 2, says);
    QVERIFY2(run.err.startsWith("octet: "), run.err);
    QVERIFY2(run.out.isEmpty(), run.out);
  }

  void a_gpu_that_is_not_there_ends_with_4() {
    for (const auto* device : {"cuda", "cuda:0", "cuda:00", "cuda:127", "cuda:99999999999"})
      COMPARE_RUN(run_octet({"doctor", "--device", device}), 4, "--device cpu");
  }

  void global_options_work_before_and_after_the_command() {
    const auto before = run_octet({"--json", "--device", "cpu", "inspect", kDemoCheckpoint});
    const auto after = run_octet({"inspect", kDemoCheckpoint, "--device", "cpu", "--json"});
    QCOMPARE(before.code, 0);
    QVERIFY(!before.json().isEmpty());
    QCOMPARE(after.out, before.out);
    const auto inner = run_octet({"plan", "show", "seed", kDemoCheckpoint, "--json"});
    QCOMPARE(inner.json()["format"].toString(), "octet-plan-resolved");
  }

  void a_toggle_is_timed_from_click_to_samples() {
    const auto run =
        run_octet({"bench", "toggle", "--seconds", "0.2", "--prompt-seconds", "0.4", "--steps", "1",
                   "--rounds", "1", "--layer", "mel2wav.ups.0", "--device", "cpu", "--json"});
    COMPARE_RUN(run, 0, "");
    const auto out = run.json();
    QCOMPARE(out["format"].toString(), "octet-bench-toggle");
    QCOMPARE(out["toggles"].toArray().size(), 1);
    const auto toggle = out["toggles"][0];
    QCOMPARE(toggle["layer"].toString(), "mel2wav.ups.0");
    QCOMPARE(toggle["reused"].toArray(), (QJsonArray{"encoder", "flow", "source"}));
    QVERIFY(toggle["click_to_samples"]["median_seconds"].toDouble() >
            toggle["binding"]["median_seconds"].toDouble());
    COMPARE_RUN(run_octet({"bench", "toggle", "--layer", "mel2wav.ups.9"}), 3, "mel2wav.ups.9");
  }

  // Each has a rate that can be compared with what the device promises.
  void kernels_are_timed_alone() {
    const auto run = run_octet({"bench", "kernels", "--rounds", "1", "--device", "cpu", "--json"});
    COMPARE_RUN(run, 0, "");
    const auto out = run.json();
    QCOMPARE(out["format"].toString(), "octet-bench-kernels");
    QStringList names;
    for (const auto& value : out["kernels"].toArray()) {
      const auto kernel = value.toObject();
      names << kernel["kernel"].toString();
      QVERIFY(kernel["median_seconds"].toDouble() > 0);
      QVERIFY(kernel["bytes"].toDouble() > 0);
    }
    QVERIFY(names.contains("attention by lengths"));
    QVERIFY(names.contains("speaker, gated convolution"));
    QCOMPARE(names.removeDuplicates(), 0);
  }

  void only_results_reach_a_pipe() {
    const auto made = run_octet({"export", kDemoCheckpoint, "--plan", "seed", "-o", here(folder_, "piped")});
    QCOMPARE(made.code, 0);
    QVERIFY2(made.err.isEmpty(), made.err);  // no bar, no carriage returns
    QVERIFY(!made.out.contains('\r'));
  }

  void quiet_silences_notes_but_no_warnings() {
    write_bytes(path_of(here(folder_, "idle.json")),
                R"({"format": "octet-plan", "version": 1, "name": "idle", "base": "bf16",
                    "rules": [{"match": "flow.nothing.*", "precision": "int8"}]})");
    const QStringList arguments{"plan", "show", here(folder_, "idle.json"), kDemoCheckpoint, "--allow-empty"};
    COMPARE_RUN(run_octet(arguments), 0, "flow.nothing.*");
    COMPARE_RUN(run_octet(arguments + QStringList{"--quiet"}), 0, "warning: ");
    const auto shown = run_octet(arguments + QStringList{"--json"}).json()["warnings"].toArray();
    QVERIFY(shown.at(0).toString().contains("flow.nothing.*"));

    write_tones(here(folder_, "long.wav"), 8000, 1, 10.1);
    const QStringList spoken{"synth",       kDemoCheckpoint,           "--tokens", here(folder_, "tokens"),
                             "--reference", here(folder_, "long.wav"), "--steps",  "1",
                             "-o",          here(folder_, "noted.wav")};
    COMPARE_RUN(run_octet(spoken), 0, "note: only the first 10 s");
    const auto quiet = run_octet(spoken + QStringList{"--quiet"});
    QCOMPARE(quiet.code, 0);
    QVERIFY2(quiet.err.isEmpty(), quiet.err);
  }

  void the_whole_range_of_seeds_is_taken() {
    for (const auto* seed : {"0", "10", "18446744073709551615"})
      COMPARE_RUN(run_octet({"doctor", "--seed", seed, "--device", "cpu"}), 0, "");
  }

  /// A plan that does nothing looks like one that does no harm.
  void plans_without_effect_are_refused_data() {
    QTest::addColumn<QStringList>("arguments");
    const auto plan = here(folder_, "typo.json");
    write_bytes(path_of(plan), R"({"format": "octet-plan", "version": 1,
                                   "rules": [{"match": "mel2wav.resblock.*", "precision": "int8"}]})");
    const auto row = [](const QStringList& arguments) {
      QTest::newRow(qPrintable(arguments[0])) << arguments;
    };
    row({"synth", kDemoCheckpoint, "--plan", plan, "--tokens", here(folder_, "tokens"), "--conds",
         here(folder_, "voice"), "--steps", "1", "-o", here(folder_, "typo.wav")});
    row({"export", kDemoCheckpoint, "--plan", plan, "-o", here(folder_, "typo.safetensors")});
    row({"bench", kDemoCheckpoint, "--plan", plan, "--seconds", "0.1", "--rounds", "1", "--steps", "1"});
    row({"plan", "show", plan, kDemoCheckpoint});
    QTest::newRow("plan diff") << QStringList{"plan", "diff", "seed", plan, kDemoCheckpoint};
    QTest::newRow("dry run") << QStringList{"export", kDemoCheckpoint, "--plan", plan, "--dry-run"};
  }
  void plans_without_effect_are_refused() {
    QFETCH(QStringList, arguments);
    for (const auto& option : {QString(), QString("--quiet"), QString("--json")}) {
      const auto run = run_octet(option.isEmpty() ? arguments : arguments + QStringList{option});
      COMPARE_RUN(run, 3, "typo.json: none of its rules matches a layer");
      QVERIFY2(run.err.contains("--allow-empty"), run.err);
    }
    COMPARE_RUN(run_octet(arguments + QStringList{"--allow-empty"}), 0, "");
  }

  void rules_that_match_nothing_are_said_by_all_who_use_a_plan() {
    const auto plan = here(folder_, "half.json");
    write_bytes(path_of(plan), R"({"format": "octet-plan", "version": 1, "rules": [
                                   {"match": "mel2wav.ups.*", "precision": "int8"},
                                   {"match": "mel2wav.resblock.*", "precision": "int8"}]})");
    const auto run = run_octet({"bench", kDemoCheckpoint, "--plan", plan, "--seconds", "0.1", "--rounds", "1",
                                "--steps", "1", "--json"});
    COMPARE_RUN(run, 0, "the rule \"mel2wav.resblock.*\" matches no layer");
    QCOMPARE(run.json()["warnings"].toArray().size(), 1);
  }

  void a_plan_of_powershell_is_read() {
    const auto plan = here(folder_, "utf16.json");
    QByteArray bytes("\xff\xfe");
    for (const char c : content(here(folder_, "seed.json"))) bytes.append(c).append('\0');
    write_bytes(path_of(plan), bytes.toStdString());
    QCOMPARE(run_octet({"plan", "show", plan}).out, content(here(folder_, "seed.json")));
  }

  void json_has_the_documented_keys_data() {
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QStringList>("keys");
    const auto row = [](const char* name, const QStringList& arguments, const QStringList& keys) {
      QTest::newRow(name) << arguments << keys;
    };
    const auto seed = here(folder_, "seed.safetensors");
    QCOMPARE(run_octet({"export", kDemoCheckpoint, "--plan", "seed", "-o", seed}).code, 0);
    row("inspect", {"inspect", kDemoCheckpoint},
        {"path", "bytes", "variant", "components", "total", "unexpected", "absent", "warnings"});
    row("inspect --layers", {"inspect", kDemoCheckpoint, "--layers"}, {"components", "total", "layers"});
    row("plan show", {"plan", "show", "seed", kDemoCheckpoint},
        {"plan", "components", "bytes", "int8_layers", "int8_weights", "warnings", "layers"});
    row("synth",
        {"synth", kDemoCheckpoint, "--tokens", here(folder_, "tokens"), "--conds", here(folder_, "voice"),
         "--steps", "1", "-o", here(folder_, "b.wav")},
        {"out", "seconds", "end_to_end_seconds", "device", "weight_bytes", "warnings", "stages"});
    row("export --dry-run", {"export", kDemoCheckpoint, "--plan", "seed", "--dry-run"},
        {"predicted_bytes", "components", "source_sha256", "warnings"});
    row("export", {"export", kDemoCheckpoint, "--plan", "seed", "-o", here(folder_, "again")},
        {"predicted_bytes", "out", "bytes", "components", "source", "source_sha256", "variant", "plan",
         "warnings"});
    row("verify", {"verify", seed},
        {"passed", "warnings", "checks", "path", "bytes", "variant", "components", "plan", "source_sha256"});
    row("measure", {"measure", here(folder_, "a.wav"), here(folder_, "a.wav")}, {});
    row("doctor", {"doctor"}, {"octet", "device", "device_name", "free_bytes", "demo_voice", "checkpoints"});
  }
  void json_has_the_documented_keys() {
    QFETCH(QStringList, arguments);
    QFETCH(QStringList, keys);
    const auto run = run_octet(arguments + QStringList{"--json"});
    COMPARE_RUN(run, 0, "");
    QVERIFY2(run.json()["format"].toString().startsWith("octet-"), run.out);
    QCOMPARE(run.json()["version"].toInt(), 1);
    for (const auto& key : keys) QVERIFY2(run.json().contains(key), qPrintable(key));
  }

  /// What lies between the stages counts end to end.
  void bench_tells_the_sum_of_the_stages_and_the_whole() {
    const auto run =
        run_octet({"bench", "--plan", "seed", "--rounds", "1", "--seconds", "0.5", "--steps", "1", "--json"});
    COMPARE_RUN(run, 0, "");
    QMap<QString, double> seconds;
    for (const auto& stage : run.json()["plans"].toArray().at(0)["stages"].toArray())
      seconds[stage.toObject()["stage"].toString()] = stage.toObject()["median_seconds"].toDouble();
    QCOMPARE(seconds.keys(),
             (QStringList{"encoder", "end to end", "flow", "source", "tokens", "total", "vocoder", "voice"}));
    const double sum = seconds["encoder"] + seconds["flow"] + seconds["source"] + seconds["vocoder"];
    QVERIFY(std::abs(seconds["total"] - sum) < 1e-9 * sum);
    QVERIFY(seconds["end to end"] > seconds["total"]);
    QVERIFY(seconds["voice"] > seconds["tokens"]);  // of three seconds, and of half a one
  }

  void bench_times_clips_made_at_once() {
    const auto run =
        run_octet({"bench", "--plan", "seed", "--rounds", "1", "--seconds", "0.4", "--prompt-seconds", "0.4",
                   "--steps", "1", "--batch", "1", "--batch", "3", "--json"});
    COMPARE_RUN(run, 0, "");
    const auto plans = run.json()["plans"].toArray();
    QCOMPARE(plans.size(), 2);
    for (int i = 0; i < 2; ++i) {
      QCOMPARE(plans.at(i)["clips"].toInt(), i == 0 ? 1 : 3);
      double whole = 0;
      for (const auto& stage : plans.at(i)["stages"].toArray())
        if (stage.toObject()["stage"] == "end to end") whole = stage.toObject()["median_seconds"].toDouble();
      const double speed = plans.at(i)["audio_seconds_per_second"].toDouble();
      QVERIFY(std::abs(speed * whole - plans.at(i)["clips"].toInt() * 0.4) < 1e-9);
    }
    // Voices and source tokens are timed once.
    QCOMPARE(plans.at(0)["stages"].toArray().size(), 8);
    QCOMPARE(plans.at(1)["stages"].toArray().size(), 6);
  }

  void plan_commands_work_together() {
    const auto plan = here(folder_, "my.plan.json");
    QCOMPARE(run_octet({"plan", "new", "--preset", "seed", "-o", plan}).code, 0);
    QVERIFY(run_octet({"plan", "diff", "seed", plan}).out.isEmpty());
    QCOMPARE(run_octet({"plan", "set", plan, "mel2wav.ups.0", "fp32", "--reason", "it hisses"}).code, 0);
    const auto differing = run_octet({"plan", "diff", "seed", plan, kDemoCheckpoint, "--json"});
    const auto expected =
        QJsonDocument::fromJson(R"([{"layer": "mel2wav.ups.0", "a": "int8", "b": "fp32"}])");
    QCOMPARE(QJsonDocument::fromJson(differing.out), expected);
    QVERIFY(run_octet({"plan", "show", plan}).out.contains("it hisses"));
  }

  /// The window that the demo becomes can be ended: no signal is blocked or ignored that was not before.
  void the_demo_hands_signals_on_to_the_window() {
    QVERIFY(QFile::copy(OCTET_BINARY, here(folder_, "octet")));
    const auto window = here(folder_, "octet-workbench");
    write_bytes(path_of(window), "#!/bin/sh\ngrep -E '^Sig(Blk|Ign)' /proc/self/status\n");
    QVERIFY(QFile::setPermissions(window, QFile::ReadOwner | QFile::ExeOwner));
    const auto before = run_program("grep", {"-E", "^Sig(Blk|Ign)", "/proc/self/status"});
    const auto run = run_program(
        "env", {"DISPLAY=:99", here(folder_, "octet"), "demo", "--quiet", "--out", here(folder_, "demo")});
    QCOMPARE(run.code, 0);
    QVERIFY2(run.out.endsWith(before.out), run.out.last(200));
  }

 private:
  QTemporaryDir folder_;
};

QTEST_GUILESS_MAIN(TestCommandLine)
#include "test_command_line.moc"
