// Two runs are told apart by ear, and nothing but the ear can tell.

#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTest>
#include <QTreeWidget>
#include <map>
#include <random>

#include "tests/ui/listen/fake_sound.h"
#include "ui/blind_test/blind_test_dialog.h"
#include "ui/blind_test/blind_words.h"
#include "ui/theme/theme.h"

using namespace octet;
using namespace octet::ui;
using octet::test::FakeSound;
using Samples = std::vector<float>;
using Which = BlindTest::Sound;

namespace {

constexpr std::uint64_t kSeed = 3;
constexpr int kFade = 192;  // samples of a change

Samples noise(unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> value(-0.1f, 0.1f);
  Samples samples(48000);
  for (auto& sample : samples) sample = value(random);
  return samples;
}

std::shared_ptr<const Run> run(const QString& name, const QString& plan, Samples samples) {
  auto made = std::make_shared<Run>();
  made->name = name;
  made->plan = plan;
  made->clip = "hello";
  made->key.slot = name.front().unicode() - 'A';
  made->key.recipes = name.toUtf8();
  made->synthesis.waveform = std::move(samples);
  return made;
}

struct Stage {
  FakeSound* card = new FakeSound;
  Samples a = noise(1), b = noise(2);
  BlindTestDialog dialog;

  explicit Stage(std::optional<TimeSpan> seconds = {})
      : dialog({run("A", "fp32", a), run("B", "seed", b), seconds}, kSeed,
               std::unique_ptr<SoundSystem>(card)) {
    dialog.player().setLevelMatch(false);  // samples are compared
    dialog.show();
    if (!QTest::qWaitForWindowActive(&dialog)) qFatal("the dialog is not active");
  }
  template <class Widget>
  Widget& part(const char* name) {
    auto* found = dialog.findChild<Widget*>(name);
    if (!found) qFatal("there is no %s", name);
    return *found;
  }
  void click(const char* name) {
    auto& button = part<QPushButton>(name);
    QTest::mouseClick(&button, Qt::LeftButton, {}, button.rect().center());
  }
  void press(Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::NoModifier) {
    QTest::keyClick(QGuiApplication::focusWindow(), key, modifiers);
  }
  /// What is heard now, after the change to it.
  bool hears(const Samples& samples) {
    card->play(kFade);
    const auto heard = card->play(500);
    const auto found = std::ranges::search(samples, heard);
    return !found.empty();
  }
  /// All that can be seen, as text and as a picture.
  std::pair<QStringList, QImage> looks() {
    QStringList texts;
    for (const auto* label : dialog.findChildren<QLabel*>())
      if (label->isVisible()) texts << label->text();
    for (const auto* button : dialog.findChildren<QPushButton*>())
      if (button->isVisible()) texts << button->text() + button->toolTip() + button->accessibleName();
    return {texts, dialog.grab().toImage()};
  }
};

std::vector<Which> hidden(int trials) { return hidden_sounds(kSeed, trials); }

}  // namespace

class BlindTestDialogTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void with_the_mouse_every_trial_is_heard_and_answered() {
    Stage stage;
    QSignalSpy ended(&stage.dialog, &BlindTestDialog::ended);
    stage.part<QSpinBox>("blindTrials").setValue(6);
    stage.click("startBlindTest");
    for (const auto sound : hidden(6)) {
      const auto& pair = stage.part<QLabel>("blindPair");
      QVERIFY2(pair.isVisible() && pair.text().contains(stage.dialog.test().clip.c_str()),
               qPrintable(pair.text()));
      QVERIFY(!stage.part<QPushButton>("xIsA").isEnabled());
      stage.click("hearA");
      QVERIFY(stage.hears(stage.a));
      QVERIFY(!stage.part<QPushButton>("xIsA").isEnabled());  // X was not heard yet
      stage.click("hearB");
      QVERIFY(stage.hears(stage.b));
      stage.click("hearX");
      QVERIFY(stage.hears(sound == Which::a ? stage.a : stage.b));
      QVERIFY(ended.isEmpty());
      stage.click(sound == Which::a ? "xIsA" : "xIsB");
      QVERIFY(!stage.dialog.player().playing());
    }
    QCOMPARE(ended.size(), 1);
    QVERIFY(stage.dialog.test().answers == hidden(6));
    QCOMPARE(stage.part<QLabel>("blindResult").text(), result_of(stage.dialog.test()));
    QCOMPARE(stage.part<QTreeWidget>("blindAnswers").topLevelItemCount(), 6);
    QSignalSpy asked(&stage.dialog, &BlindTestDialog::saveRequested);
    stage.dialog.save("/tmp/blind.json");
    QCOMPARE(asked[0][0].toString(), "/tmp/blind.json");
    stage.click("closeBlindTest");
    QVERIFY(!stage.dialog.isVisible());
  }

  void with_the_keys_too() {
    Stage stage;
    stage.press(Qt::Key_Return);
    const auto sounds = hidden(12);
    for (const auto sound : sounds) {
      stage.press(Qt::Key_B, Qt::ShiftModifier);  // not before X was heard
      stage.press(Qt::Key_A);
      QVERIFY(stage.hears(stage.a));
      stage.press(Qt::Key_X);
      QVERIFY(stage.hears(sound == Which::a ? stage.a : stage.b));
      stage.press(Qt::Key_B);
      QVERIFY(stage.hears(stage.b));
      stage.press(Qt::Key_Space);
      QVERIFY(!stage.dialog.player().playing());
      stage.press(Qt::Key_Space);
      QVERIFY(stage.dialog.player().playing());
      stage.press(sound == Which::a ? Qt::Key_A : Qt::Key_B, Qt::ShiftModifier);
    }
    QVERIFY(stage.dialog.test().answers == sounds);
    stage.press(Qt::Key_Return);
    QVERIFY(!stage.dialog.isVisible());
  }

  // Trials in which X is A, and in which it is B, look alike, to the pixel, while each of the three is heard;
  // and so do those answered rightly and wrongly.
  void nothing_that_is_seen_tells_what_x_is() {
    Stage stage;
    stage.part<QSpinBox>("blindTrials").setValue(500);
    stage.click("startBlindTest");
    const auto sounds = hidden(8);
    QVERIFY(std::ranges::count(sounds, Which::a) > 1 && std::ranges::count(sounds, Which::b) > 1);
    std::map<QString, std::pair<QStringList, QImage>> first;
    for (int trial = 0; trial < 8; ++trial) {
      for (const auto* heard : {"hearA", "hearX", "hearB", "hearX"}) {
        stage.click(heard);
        stage.card->play(1000);
        // The count of trials is what may differ.
        stage.part<QLabel>("blindTrial").setText({});
        stage.part<QProgressBar>("blindProgress").setValue(0);
        const auto now = stage.looks();
        const auto [known, is_new] = first.try_emplace(heard, now);
        QVERIFY2(known->second.first == now.first, qPrintable(now.first.join('\n')));
        QVERIFY2(known->second.second == now.second, heard);
      }
      stage.click(trial % 3 == 0 ? "xIsA" : "xIsB");
    }
  }

  // Where X is what is heard already, nothing happens to the sound; where it is the other it goes on at the
  // same sample.
  void changes_are_exact_to_the_sample() {
    Stage stage;
    stage.click("startBlindTest");
    stage.click("hearA");
    stage.card->play(10000);
    stage.click("hearB");
    stage.card->play(kFade);
    const auto heard = stage.card->play(1000);
    QVERIFY(std::equal(heard.begin(), heard.end(), stage.b.begin() + 10000 + kFade));
  }

  void a_selection_is_all_that_is_heard() {
    Stage stage(TimeSpan{0.5, 1});
    QCOMPARE(stage.dialog.test().seconds, (std::optional(std::pair(0.5, 1.0))));
    stage.click("startBlindTest");
    stage.click("hearA");
    stage.card->play(kFade);
    const auto heard = stage.card->play(1000);
    QVERIFY(std::equal(heard.begin(), heard.end(), stage.a.begin() + 12000 + kFade));
    stage.card->play(12000 - kFade - 1000 + kFade);  // round once
    const auto again = stage.card->play(1000);
    QVERIFY(std::equal(again.begin(), again.end(), stage.a.begin() + 12000 + kFade));
  }

  void what_is_stopped_counts_as_far_as_it_came() {
    Stage stage;
    QSignalSpy ended(&stage.dialog, &BlindTestDialog::ended);
    stage.click("startBlindTest");
    for (int trial = 0; trial < 3; ++trial) {
      stage.click("hearX");
      stage.click("xIsA");
    }
    stage.press(Qt::Key_Escape);
    QCOMPARE(ended.size(), 1);
    QVERIFY(stage.dialog.isVisible());  // with what came of it
    QCOMPARE(stage.dialog.test().answers.size(), std::size_t(3));
    QVERIFY(stage.part<QLabel>("blindResult").text().contains("Stopped after 3 of 12 trials."));
    stage.press(Qt::Key_Escape);
    QVERIFY(!stage.dialog.isVisible());
  }

  void without_an_answer_there_is_nothing_to_tell() {
    Stage stage;
    QSignalSpy ended(&stage.dialog, &BlindTestDialog::ended);
    stage.click("startBlindTest");
    stage.click("stopBlindTest");
    QVERIFY(!stage.dialog.isVisible());
    QVERIFY(ended.isEmpty());
  }

  void without_a_card_nothing_is_answered() {
    Stage stage;
    stage.card->plug({});
    stage.click("startBlindTest");
    stage.click("hearX");
    QVERIFY(!stage.part<QPushButton>("xIsA").isEnabled());
    QVERIFY(stage.part<QLabel>("blindProblem").isVisible());
  }

  // Also after light and dark were changed.
  void only_what_can_be_done_is_offered() {
    Stage stage;
    const auto offered = [&] {
      QStringList names;
      for (const auto* name : {"startBlindTest", "stopBlindTest", "saveBlindTest", "closeBlindTest"})
        if (stage.part<QPushButton>(name).isVisible()) names << name;
      return names.join(' ');
    };
    QCOMPARE(offered(), "startBlindTest closeBlindTest");
    stage.click("startBlindTest");
    apply_appearance(Appearance::dark);
    apply_appearance(Appearance::light);
    QCOMPARE(offered(), "stopBlindTest");
    stage.click("hearX");
    QCOMPARE(stage.part<QLabel>("blindHeard").text(), "You hear X.");
    stage.click("xIsA");
    stage.click("stopBlindTest");
    QCOMPARE(offered(), "saveBlindTest closeBlindTest");
  }

  void equal_sounds_are_not_tested() {
    const auto same = noise(1);
    BlindTestDialog dialog({run("A", "fp32", same), run("B", "fp32", same), {}}, kSeed,
                           std::make_unique<FakeSound>());
    QVERIFY(!dialog.findChild<QPushButton*>("startBlindTest")->isEnabled());
  }

  // 9 of 12 is p = 299/4096, 10 of 12 is 79/4096, 4 of 4 is 1/16.
  void the_result_is_said_in_words() {
    BlindTest test{.clip = "hello", .a = {.run = "A"}, .b = {.run = "B"}, .seed = kSeed, .trials = 12};
    test.answers = hidden(12);
    const auto miss = [&](std::size_t trial) {
      test.answers[trial] = test.answers[trial] == Which::a ? Which::b : Which::a;
    };
    miss(0);
    miss(5);
    QVERIFY(result_of(test).startsWith("10 of 12 right; guessing gives 6 on average"));
    QVERIFY(result_of(test).contains("A and B could be told apart in this test."));
    miss(7);
    QCOMPARE(cited(test), "Blind test: 9 of 12 right, as guesses are with p = 0.073");
    QVERIFY(result_of(test).contains("That A and B can be told apart is not shown by this test"));
    test.trials = 4;
    test.answers = hidden(4);
    QVERIFY(result_of(test).contains("That decides nothing: fewer than 5 trials never do."));
  }
};

QTEST_MAIN(BlindTestDialogTest)
#include "test_blind_test.moc"
