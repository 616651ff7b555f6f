#include "tests/cli/octet_process.h"

using namespace octet;
using namespace octet::test;

/// Where results go and inputs come from: nothing of the user's is lost, "-" and links mean one thing.
class TestPlaces : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    save(at("tokens"), {{"speech_tokens", ids(some_ids(10))}});
    save(at("voice"), short_voice());
    QCOMPARE(shell("\"$octet\" synth $C --tokens tokens --conds voice --steps 1 -o spoken.wav").code, 0);
    QCOMPARE(shell("\"$octet\" export $C --plan seed --components mel2wav -o part.safetensors").code, 0);
    QCOMPARE(shell("\"$octet\" plan new --preset seed -o my.plan.json").code, 0);
  }

  void cleanup() { shell("rm -rf out"); }

  void an_output_that_is_an_input_is_refused_data() {
    QTest::addColumn<QString>("command");
    QTest::addColumn<QString>("input");
    const auto row = [](const char* name, const char* command, const char* input) {
      QTest::newRow(name) << QString(command) << QString(input);
    };
    const auto* synth = "synth $C --tokens out/tokens --conds out/voice --noise out/noise --steps 1 ";
    row("export, the same name", "export out/mine --plan seed -o out/mine", "mine");
    row("export, spelt otherwise", "export out/mine --plan seed -o out/../out/mine", "mine");
    row("export, symbolic link", "export out/mine --plan seed -o out/link", "mine");
    row("export, from a symbolic link", "export out/link --plan seed -o out/mine", "mine");
    row("export, hard link", "export out/mine --plan seed -o out/hard", "mine");
    row("export, onto the plan", "export $C --plan out/plan -o out/plan", "plan");
    row("synth, checkpoint", "synth out/mine --tokens out/tokens --conds out/voice -o out/hard", "mine");
    row("synth, plan", "synth $C --plan out/plan --tokens out/tokens --conds out/voice -o out/plan", "plan");
    row("synth, reference", "synth $C --tokens out/tokens --reference out/sound -o out/sound", "sound");
    row("synth, source", "synth $C --source out/sound --conds out/voice -o out/sound", "sound");
    QTest::newRow("synth, tokens") << synth + QString("-o out/tokens") << "tokens";
    QTest::newRow("synth, voice") << synth + QString("-o out/voice") << "voice";
    QTest::newRow("synth, noise") << synth + QString("-o out/noise") << "noise";
    QTest::newRow("synth, stages") << synth + QString("-o out/o.wav --dump-stages out/tokens") << "tokens";
    QTest::newRow("synth, saved voice") << synth + QString("-o out/o.wav --save-conds out/voice") << "voice";
    row("synth, a file on stdin", "synth $C --tokens - --conds out/voice -o out/tokens <out/tokens",
        "tokens");
  }
  void an_output_that_is_an_input_is_refused() {
    QFETCH(QString, command);
    QFETCH(QString, input);
    shell(
        "mkdir out && cp tokens voice out && cp spoken.wav out/sound && cp my.plan.json out/plan && cp voice "
        "out/noise && cp $C out/mine && ln -s mine out/link && ln out/mine out/hard");
    const auto before = content(in("out/" + input));
    const auto files = QDir(in("out")).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot);
    const auto run = shell("\"$octet\" " + command);
    COMPARE_RUN(run, 2, "read here: the result would take its place");
    QVERIFY2(run.err.contains("choose another name"), run.err);
    QVERIFY(!before.isEmpty() && content(in("out/" + input)) == before);
    QCOMPARE(QDir(in("out")).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot), files);
  }

  void two_outputs_that_are_one_are_refused() {
    shell("mkdir out && ln -s o.wav out/link");
    const auto* synth = "\"$octet\" synth $C --tokens tokens --conds voice -o out/o.wav ";
    COMPARE_RUN(shell(synth + QString("--dump-stages out/o.wav")), 2, "are the same file");
    COMPARE_RUN(shell(synth + QString("--save-conds out/link")), 2, "are the same file");
    COMPARE_RUN(shell(synth + QString("--save-conds out/v --dump-stages out/../out/v")), 2,
                "are the same file");
    QVERIFY(!QFileInfo::exists(in("out/o.wav")));
  }

  void a_link_stays_and_its_target_is_made() {
    shell("mkdir -p out/disk && ln -s disk/model out/link");
    COMPARE_RUN(shell("\"$octet\" export $C --plan seed --components mel2wav -o out/link"), 0, "");
    QVERIFY(QFileInfo(in("out/link")).isSymLink());
    QVERIFY(!QFileInfo(in("out/disk/model")).isSymLink());
    QCOMPARE(content(in("out/disk/model")), content(in("part.safetensors")));
  }

  void a_dash_is_stdout_data() {
    QTest::addColumn<QString>("command");
    QTest::addColumn<QString>("expected");
    QTest::addColumn<QString>("place");
    const std::pair<const char*, const char*> commands[]{
        {"synth $C --tokens tokens --conds voice --steps 1 -o", "spoken.wav"},
        {"export $C --plan seed --components mel2wav -o", "part.safetensors"},
        {"plan new --preset seed -o", "my.plan.json"}};
    for (const auto& [command, expected] : commands)
      // Private names of the process's own descriptors; the machine's /dev/stdout is left alone.
      for (const auto* place : {"-", "out/stdout", "/proc/self/fd/1", ">(cat)"})
        QTest::addRow("%.8s to %s", command, place) << command << expected << place;
  }
  void a_dash_is_stdout() {
    QFETCH(QString, command);
    QFETCH(QString, expected);
    QFETCH(QString, place);
    shell("mkdir out && ln -s /proc/self/fd/1 out/stdout");
    const auto run = shell("\"$octet\" " + command + ' ' + place + " | cat");
    COMPARE_RUN(run, 0, "");
    const bool result_on_stdout = place != ">(cat)";
    auto result = run.out;
    // The words beside it go to stdout, too, and arrive anywhere among what goes through another process.
    if (const auto words = result.indexOf("/dev/fd/"); words >= 0)
      result.remove(words, result.indexOf('\n', words) + 1 - words);
    QCOMPARE(result, content(in(expected)));
    if (result_on_stdout && !command.startsWith("plan"))
      QVERIFY2(
          run.err.contains("standard output: ") || run.err.contains("stdout: ") || run.err.contains("fd/1: "),
          run.err);
    QVERIFY(!QFileInfo::exists(in("-")) && QFileInfo(in("out/stdout")).isSymLink());
  }

  /// What stood in the file before, and comes after, stays.
  void a_redirected_stdout_is_written_where_it_stands() {
    COMPARE_RUN(shell("mkdir out; { echo before; \"$octet\" plan new --preset seed -o /proc/self/fd/1; echo "
                      "after; } >out/all"),
                0, "");
    QCOMPARE(content(in("out/all")), "before\n" + content(in("my.plan.json")) + "after\n");
  }

  void stdout_is_for_one_thing() {
    COMPARE_RUN(shell("\"$octet\" export $C --plan seed -o - --json | cat"), 2,
                "--json needs standard output");
    COMPARE_RUN(shell("\"$octet\" synth $C --tokens tokens --conds voice -o - --dump-stages - | cat"), 2,
                "are the same file");
    if (shell("command -v script").code != 0) QSKIP("needs util-linux' script");
    const auto terminal = shell("script -qec '\"$octet\" export $C --plan seed -o -' /dev/null </dev/null");
    QCOMPARE(terminal.code, 2);
    QVERIFY2(terminal.out.contains("standard output is a terminal"), terminal.out);
  }

  void inputs_come_from_pipes_data() {
    QTest::addColumn<QString>("command");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char* name, const char* command, const char* expected) {
      QTest::newRow(name) << QString(command) << QString(expected);
    };
    const auto* spoken = "spoken.wav";
    row("tokens, stdin", "cat tokens | \"$octet\" synth $C --tokens - --conds voice --steps 1 -o -", spoken);
    row("tokens, a file on stdin", "\"$octet\" synth $C --tokens - --conds voice --steps 1 -o - <tokens",
        spoken);
    row("tokens, <()", "\"$octet\" synth $C --tokens <(cat tokens) --conds voice --steps 1 -o -", spoken);
    row("voice, stdin", "cat voice | \"$octet\" synth $C --tokens tokens --conds - --steps 1 -o -", spoken);
    row("both, <()", "\"$octet\" synth $C --tokens <(cat tokens) --conds <(cat voice) --steps 1 -o -",
        spoken);
    row("checkpoint, stdin", "cat $C | \"$octet\" export - --plan seed --components mel2wav -o -",
        "part.safetensors");
    row("checkpoint, <()", "\"$octet\" export <(cat $C) --plan seed --components mel2wav -o -",
        "part.safetensors");
    row("plan, stdin", "cat my.plan.json | \"$octet\" export $C --plan - --components mel2wav -o -",
        "part.safetensors");
    row("plan show, stdin", "cat my.plan.json | \"$octet\" plan show -", "my.plan.json");
  }
  void inputs_come_from_pipes() {
    QFETCH(QString, command);
    QFETCH(QString, expected);
    const auto run = shell(command);
    COMPARE_RUN(run, 0, "");
    QCOMPARE(run.out, content(in(expected)));
  }

  void sounds_come_from_pipes() {
    const auto synth = QString("\"$octet\" synth $C --steps 1 -o - ");
    const auto from_files = shell(synth + "--source spoken.wav --reference spoken.wav");
    COMPARE_RUN(from_files, 0, "");
    QCOMPARE(shell("cat spoken.wav | " + synth + "--source - --reference spoken.wav").out, from_files.out);
    QCOMPARE(shell(synth + "--source <(cat spoken.wav) --reference - <spoken.wav").out, from_files.out);
    COMPARE_RUN(shell("cat spoken.wav | \"$octet\" measure - <(cat spoken.wav)"), 0, "");
  }

  void a_plan_is_changed_on_its_way() {
    const QString set = " 'flow.*' fp32 --reason why";
    const auto passed = shell("cat my.plan.json | \"$octet\" plan set -" + set);
    COMPARE_RUN(passed, 0, "");
    QCOMPARE(shell("mkdir out && cp my.plan.json out/plan && \"$octet\" plan set out/plan" + set).code, 0);
    QCOMPARE(passed.out, content(in("out/plan")));
    QVERIFY(passed.out.contains("why"));
  }

  void standard_input_is_read_once() {
    for (const auto* command :
         {"synth $C --tokens - --conds - -o o.wav", "export - --plan - -o o", "measure - -",
          "compare $C --plan - --plan -", "verify - --against -", "plan diff - -", "plan show - -"})
      COMPARE_RUN(shell(QString("\"$octet\" ") + command + " <tokens"), 2, "can be read only once");
  }

  /// A closed descriptor's number would be the next file's.
  void closed_descriptors_are_not_the_next_files() {
    for (const auto* closed : {">&-", "2>&- >&-", "<&- >&-"}) {
      shell("mkdir -p out");
      const auto run = shell(
          QString("\"$octet\" synth $C --tokens tokens --conds voice --steps 1 -o out/o.wav ") + closed);
      QCOMPARE(run.code, 6);
      QCOMPARE(content(in("out/o.wav")), content(in("spoken.wav")));
    }
    COMPARE_RUN(shell("\"$octet\" plan new --preset seed -o - >&-"), 6, "standard output");
    COMPARE_RUN(shell("\"$octet\" synth $C --tokens - --conds voice -o out/o.wav <&-"), 3, "standard input");
  }

  void a_stdout_that_takes_nothing_is_an_error() {
    for (const auto* command : {"--help", "inspect $C --layers", "inspect $C --json", "plan show seed $C",
                                "synth $C --tokens tokens --conds voice --steps 1 -o -",
                                "export $C --plan seed --components mel2wav -o -",
                                "measure spoken.wav spoken.wav", "plan new --preset seed -o -"})
      COMPARE_RUN(shell(QString("\"$octet\" ") + command + " >/dev/full"), 6, "No space left on device");
  }

  /// As of other programs: the signal, and no word about it; where it is ignored, an error.
  void a_reader_that_goes_away_is_noticed() {
    const auto status = [&](const QString& before, const QString& command) {
      return shell(before + "\"$octet\" " + command + " | true; exit ${PIPESTATUS[0]}");
    };
    for (const auto* command : {"inspect $C --layers", "export $C --plan seed --components mel2wav -o -"}) {
      COMPARE_RUN(status("", command), 128 + 13, "");
      COMPARE_RUN(status("trap '' PIPE; ", command), 6, "standard output: Broken pipe");
    }
  }

  void a_file_called_as_a_preset_hides_none() {
    for (const auto* name : {"seed", "all-base"}) {
      COMPARE_RUN(shell(QString("mkdir -p out && cd out && \"$octet\" plan set %1 'flow.*' fp32").arg(name)),
                  2, "is the name of a preset");
      COMPARE_RUN(shell(QString("cd out && \"$octet\" plan new --preset seed -o %1").arg(name)), 2,
                  QString("./%1").arg(name).toUtf8());
      QVERIFY(!QFileInfo::exists(in("out/" + QString(name))));
    }
    COMPARE_RUN(shell("cd out && \"$octet\" plan new --preset all-base -o ./seed"), 0, "");
    const auto preset = shell("cd out && \"$octet\" plan show seed");
    COMPARE_RUN(preset, 0, "seed is the preset, not the file of this name, which is ./seed");
    QCOMPARE(preset.out, content(in("my.plan.json")));
    QVERIFY(shell("cd out && \"$octet\" plan show ./seed").out.contains("\"all-base\""));
  }

  /// Bytes that are no text stand in names; JSON holds texts.
  void names_that_are_not_utf8_give_json_data() {
    QTest::addColumn<QString>("command");
    for (const auto* command :
         {"inspect $'out/\\xff' --json",
          "export $'out/\\xff' --plan seed --components mel2wav --json -o $'out/e\\xff'",
          "synth $'out/\\xff' --tokens tokens --conds voice --steps 1 --json -o $'out/w\\xff'",
          "compare $C --plan seed --plan $'out/p\\xff' --clips out/clips --steps 1 --json", "doctor --json",
          "verify part.safetensors --json"})
      QTest::newRow(command) << QString(command);
  }
  void names_that_are_not_utf8_give_json() {
    QFETCH(QString, command);
    shell(
        "mkdir -p out/clips && cp spoken.wav $'out/clips/\\xff.wav' && cp $C $'out/\\xff' && cp my.plan.json "
        "$'out/p\\xff'");
    const auto run = shell("\"$octet\" " + command);
    COMPARE_RUN(run, 0, "");
    QVERIFY2(run.json()["format"].toString().startsWith("octet-"), run.out);
  }

  void plans_refuse_texts_that_are_not_utf8() {
    shell("mkdir out && cp my.plan.json out/plan");
    COMPARE_RUN(shell("\"$octet\" plan set out/plan $'flow.\\xff' fp32"), 2, "is not UTF-8");
    COMPARE_RUN(shell("\"$octet\" plan set out/plan 'flow.*' fp32 --reason $'\\xff'"), 2, "is not UTF-8");
    QCOMPARE(content(in("out/plan")), content(in("my.plan.json")));
  }

  void long_names_can_be_written() {
    const QString name(255, 'n');
    COMPARE_RUN(shell("mkdir out; \"$octet\" plan new --preset seed -o out/" + name), 0, "");
    QCOMPARE(content(in("out/" + name)), content(in("my.plan.json")));
    const auto said = shell("\"$octet\" synth $C --tokens tokens --conds voice --steps 1 -o out/" + name);
    QVERIFY2(said.out.startsWith(("out/" + name + ": ").toUtf8()) && said.out.contains(" on CPU"), said.out);
  }

 private:
  QString in(const QString& name) const { return folder_.filePath(name); }
  std::filesystem::path at(const char* name) const { return path_of(in(name)); }

  /// `script` in bash, in the folder; $octet and $C are the program and the demo checkpoint.
  Outcome shell(const QString& script) const {
    return run_program("bash", {"-c", "octet=$1 C=$2; export octet C; cd \"$3\"; set -o pipefail\n" + script,
                                "bash", OCTET_BINARY, kDemoCheckpoint, folder_.path()});
  }

  QTemporaryDir folder_;
};

QTEST_GUILESS_MAIN(TestPlaces)
#include "test_places.moc"
