// The report of a validation: what is in it, what cannot break it, and what a browser makes of it.

#include <QtTest>
#include <cmath>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <numbers>

#include "core/metrics/table.h"
#include "core/study/validation_file.h"
#include "core/study/validation_report.h"
#include "core/study/validation_words.h"
#include "tests/layer_table_from_manifest.h"

using namespace octet;

namespace {

constexpr auto kHostile = "</script><!-- <script> \"'&, caf\xc3\xa9";

std::vector<Score> scores(double value) {
  std::vector<Score> all;
  for (const auto& measure : measures()) all.push_back({std::string(measure.id), value});
  return all;
}

/// Six clips, one of hostile name, under two plans, the second one worse on later clips; under one that
/// scores as the first; and under a control, which is worst on the first.
Validation made() {
  Validation validation;
  auto& subject = validation.subject;
  subject.octet_version = "0.1";
  subject.checkpoint = "x.safetensors";
  subject.plans = {{"bf16", preset("all-base", Precision::bf16, false)},
                   {"seed", preset("seed", Precision::bf16, false)},
                   {"twin", preset("all-base", Precision::bf16, false), 3},
                   {"bad", preset("seed", Precision::bf16, false), 0, /*is_control=*/true}};
  for (const auto& measure : measures()) subject.measures.emplace_back(measure.id);
  subject.thresholds = {0.05, {{"mr_stft", 0.1, 1}, {"speaker_cosine", 0.02, 0.15}, {"mel_l1", 0, 0.6}}};
  validation.sizes = {{{{.component = "flow", .bytes = 2'000'000}}},
                      {{{.component = "flow", .bytes = 1'000'000}}},
                      {{{.component = "flow", .bytes = 1'000'000}}},
                      {{{.component = "flow", .bytes = 1'000'000}}}};
  for (int i = 0; i < 6; ++i) {
    const auto name = i == 5 ? std::string(kHostile) : "clip " + std::to_string(i);
    subject.clips.push_back(name);
    validation.clips.push_back(
        {name, scores(0.5), {scores(0.5), scores(0.5 + 0.4 * i), scores(0.5), scores(30 - i)}});
  }
  validation.clips[0].plans[0][0].value = std::numeric_limits<double>::quiet_NaN();
  for (std::size_t plan = 0; plan < 4; ++plan) {
    std::vector<PairedScores> pairs;
    for (const auto& clip : validation.clips) pairs.push_back({clip.plans[plan], clip.floor});
    validation.judgements.push_back(judge(pairs, subject.thresholds, 2));
  }
  return validation;
}

std::vector<float> tone(double hertz, float amplitude) {
  std::vector<float> samples(12'000);
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i] = amplitude *
                 static_cast<float>(std::sin(2 * std::numbers::pi * hertz / 24000 * static_cast<double>(i)));
  return samples;
}

std::vector<SpokenClip> spoken() {
  return {{kHostile,
           tone(440, 0.5F),
           tone(440, 0.4F),
           {tone(440, 0.5F), tone(880, 0.25F), tone(440, 0.5F), tone(440, 0)}}};
}

/// The text of the element with this id.
std::string element_text(const std::string& html, const std::string& id) {
  const auto begin = html.find('>', html.find("id=\"" + id + "\"")) + 1;
  return html.substr(begin, html.find("</script>", begin) - begin);
}

}  // namespace

class TestValidationReport : public QObject {
  Q_OBJECT

  const std::string html_ = to_html(made(), spoken(), test::layer_table_from_manifest());

  /// What Chromium makes of a page, by its own virtual clock.
  QByteArray seen_by_a_browser(const std::string& html) const {
    QTemporaryDir folder;
    const auto file = folder.filePath("report.html");
    std::ofstream(file.toStdString(), std::ios::binary) << html;
    QProcess browser;
    browser.start("chromium",
                  {"--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=10000",
                   "--user-data-dir=" + folder.filePath("profile"), "--dump-dom", "file://" + file});
    if (!browser.waitForFinished(120'000)) return {};
    return browser.readAllStandardOutput();
  }

 private Q_SLOTS:
  void the_result_is_in_it_whatever_clips_are_called() {
    const auto inside = nlohmann::json::parse(element_text(html_, "octet-validation"));
    QCOMPARE(inside, nlohmann::json::parse(to_json(made())));
    const auto beside = nlohmann::json::parse(element_text(html_, "octet-report"));
    QCOMPARE(beside.at("sounds").at(0).at("clip"), kHostile);
    QCOMPARE(beside.at("sounds").at(0).at("versions").size(), std::size_t(6));
    const std::string reason = beside.at("plans").at(1).at("layers").at(0).at("reason");
    QVERIFY(!beside.at("plans").at(1).at("layers").empty() && !reason.empty());
    QCOMPARE(to_html(made(), spoken(), test::layer_table_from_manifest()), html_);
  }

  void it_needs_no_other_file() {
    for (const auto* outside : {"src=", "href=", "url(", "import ", "fetch(", "XMLHttpRequest"})
      QVERIFY2(html_.find(outside) == std::string::npos, outside);
    // The one address is SVG's name.
    const auto address = html_.find("http://");
    QVERIFY(html_.compare(address, 26, "http://www.w3.org/2000/svg") == 0);
    QCOMPARE(html_.find("http", address + 1), std::string::npos);
  }

  void sounds_are_16_bit_integers() {
    const auto beside = nlohmann::json::parse(element_text(html_, "octet-report"));
    const std::string text = beside.at("sounds").at(0).at("versions").at(0).at("pcm16");
    const auto bytes = QByteArray::fromBase64(QByteArray::fromStdString(text));
    const auto samples = tone(440, 0.5F);
    QCOMPARE(bytes.size(), static_cast<qsizetype>(2 * samples.size()));
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const auto value = qFromLittleEndian<qint16>(bytes.constData() + 2 * i);
      QVERIFY(std::abs(static_cast<float>(value) / 32768 - samples[i]) <= 0.5F / 32768);
    }
  }

  void a_table_has_a_row_for_each_score() {
    const auto csv = QByteArray::fromStdString(to_csv(made()));
    const auto rows = csv.split('\n');
    QCOMPARE(rows.size(), static_cast<qsizetype>(1 + 4 * 6 * measures().size() + 1));
    QCOMPARE(rows[1], QByteArray("\"bf16\",\"clip 0\",snr,dB,higher,,0.5\r"));
    QVERIFY(csv.contains("\"</script><!-- <script> \"\"'&, caf\xc3\xa9\",snr,dB,higher,2.5,0.5"));
  }

  void the_table_says_what_cannot_be_told() {
    const auto table = QByteArray::fromStdString(to_table(made()));
    QVERIFY2(table.contains("\nspeaker cosine: two draws of noise already differ by 0.50000, so that a "
                            "change beyond the limit of "
                            "0.02 is not told apart from theirs (bf16, seed and twin)\n"),
             table);
    QCOMPARE(table.count("already differ"), 2);
  }

  /// In one breath, and the same in result, table and page.
  void a_verdict_says_how_far_it_reaches() {
    const auto of = [](Verdict verdict, std::vector<Finding> findings) {
      return QString::fromStdString(verdict_said({verdict, std::move(findings)}));
    };
    const auto unheard = Verdict::no_audible_change;
    Finding clear{"mr_stft"}, pitch{"pitch_difference"}, voicing{"voicing_error"}, open{"stoi"},
        bad{"mel_l1"};
    for (auto* finding : {&clear, &pitch, &voicing}) finding->verdict = unheard;
    pitch.cannot_tell = voicing.cannot_tell = true;
    bad.verdict = Verdict::broken;
    QCOMPARE(of(unheard, {clear}), "no audible change expected, by 1 of 1 measures");
    QCOMPARE(of(unheard, {clear, pitch, voicing}),
             "no audible change expected, by 1 of 3 measures; pitch difference and voicing error cannot be "
             "told by "
             "these clips");
    QCOMPARE(of(Verdict::listen, {clear, pitch, open}),
             "listen to it, undecided by 1 of 3 measures; pitch difference cannot be told by these clips");
    QCOMPARE(of(Verdict::broken, {clear, pitch, bad}), "broken, by 1 of 3 measures");

    const auto seed = verdict_said(made().judgements[1]);
    QCOMPARE(nlohmann::json::parse(to_json(made())).at("plans").at(1).at("said"), seed);
    QVERIFY(to_table(made()).find("\nseed: " + seed + "\n") != std::string::npos);
  }

  /// Of a verdict that several have; the control is no candidate, and neither is what is broken.
  void the_smallest_of_those_with_one_verdict_is_named() {
    auto validation = made();
    QCOMPARE(smallest_said(validation),
             std::vector<std::string>{
                 "Of the 3 plans with \"listen to it\" seed and twin are the smallest: 1.0 MB."});
    for (auto& [verdict, findings] : validation.judgements) verdict = Verdict::no_audible_change;
    validation.sizes[3].components[0].bytes = 1;  // the control's
    validation.sizes[2].components[0].bytes = 900'000;
    QCOMPARE(smallest_said(validation),
             std::vector<std::string>{
                 "Of the 3 plans with \"no audible change expected\" twin is the smallest: 0.9 MB."});
    validation.judgements[2].verdict = Verdict::broken;
    QCOMPARE(smallest_said(validation),
             std::vector<std::string>{
                 "Of the 2 plans with \"no audible change expected\" seed is the smallest: 1.0 MB."});
    validation.judgements[1].verdict = Verdict::listen;
    QVERIFY(smallest_said(validation).empty());
  }

  void clips_to_listen_to_are_the_worst() {
    const auto names = worst_first(made());
    QCOMPARE(names.front(), std::string(kHostile));
    QCOMPARE(names.back(), std::string("clip 0"));
  }

  /// The page as a person sees it, and the player's sound: one version, then another from the sample on at
  /// which it was chosen.
  void a_browser_shows_and_plays_it() {
    if (QStandardPaths::findExecutable("chromium").isEmpty()) QSKIP("no chromium is here");
    const std::string probe = R"(<script>
      (async () => {
        const a = new Float32Array(4800).map((_, i) => i / 4800), b = a.map((value) => -value);
        const context = new OfflineAudioContext(1, 4800, 24000);
        const playback = new Playback(context, 24000, [a, b], 0, 0, 0);
        playback.select(1, 2400 / 24000);
        const heard = (await context.startRendering()).getChannelData(0);
        const fade = Math.ceil(FADE_SECONDS * 24000) + 1, same = (from, to, of) =>
          heard.slice(from, to).every((value, i) => Math.abs(value - of[from + i]) < 1e-6);
        document.body.dataset.heard = `${same(0, 2400, a)} ${same(2400 + fade, 4800, b)}`;
      })();
    </script>)";
    auto html = html_;
    html.insert(html.find("</body>"), probe);
    const auto seen = seen_by_a_browser(html);
    QVERIFY2(seen.contains("data-heard=\"true true\""), seen.right(2000));
    // Worst first, in words, hostile names as texts.
    const auto table = seen.mid(seen.indexOf("<tbody>"));
    QVERIFY(table.indexOf(">seed<") < table.indexOf(">bf16<"));
    // Each by what uses most of what it is allowed: as far as another draw is by mel L1, where nothing more
    // is.
    QVERIFY2(
        seen.contains(">mel L1</td><td>100 %</td><td class=\"listen\">?&nbsp;0.0000 (0.0000 to 0.0000)<"),
        table);
    QVERIFY(table.indexOf(">bf16<") < table.indexOf(">twin<"));
    QVERIFY(seen.contains("<td>100 %</td>"));  // as much as another draw
    // The control stands last, counts for no plan, and what came of it above all.
    QVERIFY(table.indexOf(">bf16<") < table.indexOf(">bad (must be found)<"));
    QVERIFY(seen.contains("Worst first; the control stands last, as it is no candidate."));
    const auto reach = QByteArray(
        "?&nbsp;listen to it, undecided by 1 of 3 measures</span>; multi-resolution STFT and "
        "speaker cosine cannot be told by these clips.</p>");
    QVERIFY2(seen.contains("<p class=\"headline\">bf16 and twin: <span class=\"listen\">" + reach),
             seen.mid(seen.indexOf("headline"), 600));
    QVERIFY(seen.contains(">Of the 3 plans with \"listen to it\" seed and twin are the smallest: 1.0 MB.<"));
    // A figure's mark and colour are the verdict by it, the control's, too.
    QVERIFY2(seen.contains("<td class=\"broken\">✗&nbsp;27.0000</td>"),
             seen.mid(seen.indexOf("worse by"), 2000));
    QVERIFY(seen.contains(
        "id=\"control\">The control was found: made bad on purpose, it is broken by 2 of 3 measures."));
    QVERIFY(seen.contains("<h3>&lt;/script&gt;&lt;!-- &lt;script&gt; \"'&amp;, caf\xc3\xa9</h3>"));
    QCOMPARE(seen.count("<svg"), 3);     // a plot for each threshold
    QCOMPARE(seen.count("<canvas"), 3);  // A, another, the difference
    QVERIFY(seen.contains("Where it comes from"));
    // Half of a cosine between two draws hides half of one in bf16, and what is better in seed.
    QVERIFY2(seen.contains(">speaker cosine: two draws of noise already differ by 0.50000, so that a change "
                           "beyond the limit of "
                           "0.02 is not told apart from theirs (bf16, seed and twin)<"),
             seen.mid(seen.indexOf("What this test can see"), 3000));
    QVERIFY(seen.contains("No words are recognised"));
    QCOMPARE(seen.left(seen.indexOf("</main>")).count("no limit of hearing is known"), 1);
  }
};

QTEST_GUILESS_MAIN(TestValidationReport)
#include "test_validation_report.moc"
