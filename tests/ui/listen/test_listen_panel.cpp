#include <QAccessible>
#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPainter>
#include <QPixmap>
#include <QPushButton>
#include <QSignalSpy>
#include <QSlider>
#include <QTest>
#include <QToolButton>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <cmath>
#include <random>

#include "tests/ui/listen/fake_sound.h"
#include "tests/ui/wheel.h"
#include "ui/listen/decibel.h"
#include "ui/listen/level_meter.h"
#include "ui/listen/listen_panel.h"
#include "ui/theme/icons.h"

namespace {

using namespace octet;
using namespace octet::ui;
using octet::test::FakeSound;
using octet::test::turn_wheel;

std::shared_ptr<const Run> run(const QString& name, int count, float amplitude) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> value(-amplitude, amplitude);
  auto made = std::make_shared<Run>();
  made->name = name;
  made->plan = "plan of " + name;
  made->clip = "clip";
  made->key.slot = name.front().unicode() - 'A';
  made->synthesis.waveform.resize(static_cast<std::size_t>(count));
  for (auto& sample : made->synthesis.waveform) sample = value(random);
  return made;
}

/// Four seconds of A, B half as loud, C.
struct Shown {
  FakeSound* card;
  Timeline timeline;
  ListenPanel panel;

  explicit Shown(FakeSound* card_ = new FakeSound)
      : card(card_), panel(timeline, std::unique_ptr<SoundSystem>(card_)) {
    panel.resize(800, 320);
    panel.setRuns(
        {run("A", 4 * kSampleRate, 0.4f), run("B", 4 * kSampleRate, 0.2f), run("C", 4 * kSampleRate, 0.4f)});
    panel.show();
    QVERIFY(QTest::qWaitForWindowActive(&panel));
    panel.setFocus();
  }

  Player& player() { return panel.player(); }
  WaveformView& waveform() { return *panel.findChild<WaveformView*>(); }
  QPoint at(double seconds) {
    return {static_cast<int>(std::lround(waveform().xOf(seconds))), waveform().lane(0).center().y()};
  }
  void drag(double from, double to) {
    QTest::mousePress(&waveform(), Qt::LeftButton, {}, at(from));
    QTest::mouseMove(&waveform(), at((from + to) / 2));
    QTest::mouseMove(&waveform(), at(to));
    QTest::mouseRelease(&waveform(), Qt::LeftButton, {}, at(to));
  }
  double pixel() { return timeline.visible().length() / waveform().width(); }
};

}  // namespace

class ListenPanelTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void before_the_first_run_it_says_what_to_do() {
    Timeline timeline;
    ListenPanel panel(timeline, std::make_unique<FakeSound>());
    panel.resize(640, 250);
    panel.show();
    QVERIFY(panel.findChild<QWidget*>("listenEmpty")->isVisible());
    QVERIFY(!panel.findChild<QWidget*>("waveform")->isVisible());
    QVERIFY(!panel.findChild<QToolButton*>("playButton")->isEnabled());
    panel.setRuns({run("A", 1000, 0.1f)});
    QVERIFY(!panel.findChild<QWidget*>("listenEmpty")->isVisible());
    QVERIFY(panel.findChild<QToolButton*>("playButton")->isEnabled());
    panel.setRuns({});
    QVERIFY(panel.findChild<QWidget*>("listenEmpty")->isVisible());
  }

  void the_empty_panel_offers_what_comes_next() {
    Timeline timeline;
    ListenPanel panel(timeline, std::make_unique<FakeSound>());
    panel.resize(640, 250);
    panel.show();
    QVERIFY(QTest::qWaitForWindowActive(&panel));
    auto* button = panel.findChild<QPushButton*>("acceptInvitation");
    QVERIFY(!button->isVisible());
    panel.invite("Hear it.", "Speak");
    QVERIFY(button->isVisible());
    QSignalSpy accepted(&panel, &ListenPanel::invitationAccepted);
    button->setFocus();
    QTest::keyClick(button, Qt::Key_Space);
    QCOMPARE(accepted.size(), 1);
    auto* other = panel.findChild<QPushButton*>("otherwise");
    QVERIFY(!other->isVisible());
    panel.invite("Begin.", "Speak", "Open");
    QSignalSpy otherwise(&panel, &ListenPanel::otherwiseChosen);
    other->setFocus();
    QTest::keyClick(other, Qt::Key_Return);
    QCOMPARE(otherwise.size(), 1);
    QCOMPARE(accepted.size(), 1);
    panel.invite("Hear it.", "Speak");
    QVERIFY(!other->isVisible());
    QVERIFY(button->hasFocus());  // keys go on from what is offered
    panel.invite("Wait.", {});
    QVERIFY(!button->isVisible());
    QCOMPARE(panel.findChild<QLabel*>("invitation")->text(), QString("Wait."));
  }

  void the_keyboard_does_it_all() {
    Shown shown;
    QSignalSpy active(&shown.panel, &ListenPanel::activeRunChanged);
    const auto press = [](Qt::Key key) { QTest::keyClick(QApplication::focusWidget(), key); };
    press(Qt::Key_Space);
    QVERIFY(shown.player().playing());
    press(Qt::Key_3);
    QCOMPARE(shown.player().active(), 2);
    press(Qt::Key_X);
    QCOMPARE(shown.player().active(), 0);
    press(Qt::Key_X);
    QCOMPARE(shown.player().active(), 2);
    press(Qt::Key_N);
    QCOMPARE(shown.player().active(), 0);
    press(Qt::Key_9);  // there is none
    QCOMPARE(shown.player().active(), 0);
    QCOMPARE(active.size(), 4);
    press(Qt::Key_Space);
    QVERIFY(!shown.player().playing());
    shown.player().seek(0);
    press(Qt::Key_Right);
    press(Qt::Key_Right);
    press(Qt::Key_Left);
    QCOMPARE(shown.player().position(), 1.0);
    press(Qt::Key_Home);
    QCOMPARE(shown.player().position(), 0.0);
    press(Qt::Key_L);
    QVERIFY(shown.player().looping());
    press(Qt::Key_Escape);
    QVERIFY(!shown.player().looping());
    press(Qt::Key_Plus);
    QVERIFY(shown.timeline.visible().length() < 3.9);
    press(Qt::Key_0);
    QCOMPARE(shown.timeline.visible(), (TimeSpan{0, 4}));
  }

  // The panel as a part of a window whose other controls have the focus.
  void keys_that_play_and_choose_count_in_the_whole_window() {
    QWidget window;
    auto* column = new QVBoxLayout(&window);
    Timeline timeline;
    auto* panel = new ListenPanel(timeline, std::make_unique<FakeSound>());
    auto* tree = new QTreeWidget;
    auto* text = new QLineEdit;
    auto* button = new QPushButton("Press");
    for (auto* part : std::initializer_list<QWidget*>{panel, tree, text, button}) column->addWidget(part);
    panel->setRuns({run("A", 4 * kSampleRate, 0.4f), run("B", 4 * kSampleRate, 0.2f)});
    window.show();
    QVERIFY(QTest::qWaitForWindowActive(&window));
    tree->setFocus();
    QTest::keyClick(tree, Qt::Key_2);
    QCOMPARE(panel->player().active(), 1);
    QTest::keyClick(tree, Qt::Key_Space);
    QVERIFY(panel->player().playing());
    // But what is typed is typed, and what is pressed is pressed.
    text->setFocus();
    for (const auto key : {Qt::Key_1, Qt::Key_Space, Qt::Key_X}) QTest::keyClick(text, key);
    QCOMPARE(text->text(), QString("1 x"));
    QCOMPARE(panel->player().active(), 1);
    QVERIFY(panel->player().playing());
    QSignalSpy pressed(button, &QPushButton::clicked);
    button->setFocus();
    QTest::keyClick(button, Qt::Key_Space);
    QCOMPARE(pressed.size(), 1);
    QVERIFY(panel->player().playing());
    QTest::keyClick(button, Qt::Key_1);
    QCOMPARE(panel->player().active(), 0);
  }

  void controls_keep_the_keys_they_use() {
    Shown shown;
    shown.player().seek(2);
    auto* volume = shown.panel.findChild<QSlider*>("volume");
    volume->setFocus();
    QTest::keyClick(volume, Qt::Key_Left);
    QVERIFY(volume->value() < 100);
    QCOMPARE(shown.player().position(), 2.0);
    QTest::keyClick(volume, Qt::Key_Home);
    QCOMPARE(volume->value(), 0);
    QCOMPARE(shown.player().position(), 2.0);
    auto* match = shown.panel.findChild<QCheckBox*>("levelMatch");
    match->setFocus();
    QTest::keyClick(match, Qt::Key_Space);
    QVERIFY(!match->isChecked());
    QVERIFY(!shown.player().playing());
  }

  // Nor to the next field in the window, into which 1 and 2 would be typed.
  void when_the_button_goes_the_focus_stays_in_the_panel() {
    QWidget window;
    auto* column = new QVBoxLayout(&window);
    Timeline timeline;
    auto* panel = new ListenPanel(timeline, std::make_unique<FakeSound>());
    auto* text = new QLineEdit;
    column->addWidget(panel);
    column->addWidget(text);
    panel->invite("Hear it.", "Speak");
    window.show();
    QVERIFY(QTest::qWaitForWindowActive(&window));
    panel->setFocus();
    QCOMPARE(QApplication::focusWidget(), panel->findChild<QPushButton*>("acceptInvitation"));
    panel->invite("Wait.", {});
    QVERIFY(panel->isAncestorOf(QApplication::focusWidget()));
    panel->setRuns({run("A", 1000, 0.1f)});
    QCOMPARE(QApplication::focusWidget(), panel->findChild<QWidget*>("waveform"));
  }

  void values_are_told_to_those_who_cannot_see() {
    Shown shown;
    const auto told = [](QWidget* widget, QAccessible::Text text) {
      return QAccessible::queryAccessibleInterface(widget)->text(text);
    };
    shown.player().seek(1.204);
    QCOMPARE(told(shown.panel.findChild<QLabel*>("position"), QAccessible::Name), QString("1.204 / 4.000 s"));
    QCOMPARE(told(shown.panel.findChild<QLabel*>("gain"), QAccessible::Name), QString("B +6.0 dB"));
    auto* play = shown.panel.findChild<QToolButton*>("playButton");
    QCOMPARE(told(play, QAccessible::Name), QString("Play"));
    shown.player().play();
    QCOMPARE(told(play, QAccessible::Name), QString("Pause"));
    const auto lanes = told(shown.panel.findChild<QWidget*>("laneHeads"), QAccessible::Description);
    QVERIFY2(lanes.contains("Heard: A, plan of A: 4.000 s"), qPrintable(lanes));
    QVERIFY2(lanes.contains("B, plan of B"), qPrintable(lanes));
  }

  void the_rate_that_is_heard_is_told() {
    Shown shown(new FakeSound({{"card", "Card"}}, 48000));
    const auto& device = *shown.panel.findChild<QToolButton*>("soundDevice");
    QVERIFY(device.text() == "Output");  // not opened yet
    const auto before = shown.panel.minimumSizeHint();
    shown.player().play();
    QCOMPARE(shown.panel.minimumSizeHint(), before);  // or it would push its neighbours aside
    QCOMPARE(device.text(), QString("48 kHz"));
    QVERIFY2(device.toolTip().contains("Card") && device.toolTip().contains("soxr"),
             qPrintable(device.toolTip()));
  }

  void a_band_is_chosen_and_its_gain_told() {
    Shown shown;
    const std::unique_ptr<QWidget> chooser(shown.panel.makeBandChooser());
    auto& bands = *qobject_cast<QComboBox*>(chooser.get());
    bands.setCurrentIndex(2);
    QVERIFY(shown.player().band() == (FrequencyBand{4000, 8000}));
    // Of B, twice as loud as A in the test: both gains together.
    const auto gain = decibels(shown.player().bandGain() * shown.player().tracks()[1].gain);
    QCOMPARE(shown.panel.findChild<QLabel*>("gain")->text(), "B " + signed_number(gain) + " dB");
    bands.setCurrentIndex(0);
    QVERIFY(!shown.player().band());
  }

  void another_device_can_be_chosen() {
    auto* card = new FakeSound({{"card", "Card"}, {"usb", "Headphones"}});
    Shown shown(card);
    auto* menu = shown.panel.findChild<QToolButton*>("soundDevice")->menu();
    Q_EMIT menu->aboutToShow();
    QStringList names;
    for (const auto* action : menu->actions()) names << action->text();
    QCOMPARE(names, (QStringList{"The system's default", "", "Card", "Headphones"}));
    QVERIFY(menu->actions().front()->isChecked());
    shown.player().play();
    menu->actions().back()->trigger();
    QCOMPARE(card->opened_on(), (std::vector<QByteArray>{"card", "usb"}));
    QVERIFY(shown.player().playing());
    // It is away, and comes back.
    card->plug({{"card", "Card"}});
    card->plug({{"card", "Card"}, {"usb", "Headphones"}});
    QCOMPARE(card->opened_on(), (std::vector<QByteArray>{"card", "usb", "card", "usb"}));
  }

  void the_meter_says_what_is_cut_until_it_is_told() {
    Shown shown;
    auto& meter = *shown.panel.findChild<LevelMeter*>("levelMeter");
    QVERIFY(meter.accessibleDescription().contains("silent"));
    Q_EMIT shown.player().peakHeard(0.5F);
    QCOMPARE(std::round(meter.level()), -6.0);
    QVERIFY(!meter.clipped());
    Q_EMIT shown.player().peakHeard(1.01F);
    Q_EMIT shown.player().peakHeard(0.1F);
    QVERIFY(meter.clipped());
    QVERIFY(meter.accessibleDescription().contains("cut at full scale"));
    QTest::mouseClick(&meter, Qt::LeftButton);
    QVERIFY(!meter.clipped());
  }

  void dragging_selects_a_loop_and_its_edges_can_be_moved() {
    Shown shown;
    shown.drag(1, 2);
    QVERIFY(shown.player().looping());
    QVERIFY(std::abs(shown.player().loop()->begin - 1) <= shown.pixel());
    QVERIFY(std::abs(shown.player().loop()->end - 2) <= shown.pixel());
    QVERIFY(std::abs(shown.player().position() - 1) <= shown.pixel());
    const double begin = shown.player().loop()->begin;
    shown.drag(2, 3);
    QCOMPARE(shown.player().loop()->begin, begin);
    QVERIFY(std::abs(shown.player().loop()->end - 3) <= 2 * shown.pixel());
    QTest::mouseDClick(&shown.waveform(), Qt::LeftButton, {}, shown.at(2));
    QVERIFY(!shown.player().loop());
  }

  void a_click_goes_there_and_chooses_the_lane() {
    Shown shown;
    const QPoint at(shown.at(3).x(), shown.waveform().lane(1).center().y());
    QTest::mouseClick(&shown.waveform(), Qt::LeftButton, {}, at);
    QVERIFY(std::abs(shown.player().position() - 3) <= shown.pixel());
    QCOMPARE(shown.player().active(), 1);
    QVERIFY(!shown.player().loop());
  }

  void a_click_on_a_head_chooses_its_lane() {
    Shown shown;
    auto* heads = shown.panel.findChild<QWidget*>("laneHeads");
    QTest::mouseClick(heads, Qt::LeftButton, {}, {20, shown.waveform().lane(2).center().y()});
    QCOMPARE(shown.player().active(), 2);
    QCOMPARE(shown.player().position(), 0.0);
  }

  void the_wheel_zooms_around_the_mouse_and_moves_with_shift() {
    Shown shown;
    QSignalSpy told(&shown.timeline, &Timeline::visibleChanged);
    const double under = shown.waveform().secondsAt(200);
    turn_wheel(shown.waveform(), {200, 100}, 3);
    QVERIFY(shown.timeline.visible().length() < 2);
    QVERIFY(std::abs(shown.waveform().secondsAt(200) - under) < 1e-9);
    const auto before = shown.timeline.visible();
    turn_wheel(shown.waveform(), {200, 100}, -1, Qt::ShiftModifier);
    QVERIFY(shown.timeline.visible().begin > before.begin);
    QVERIFY(std::abs(shown.timeline.visible().length() - before.length()) < 1e-9);
    QCOMPARE(told.size(), 2);
    turn_wheel(shown.waveform(), {200, 100}, -50);
    QCOMPARE(shown.timeline.visible(), (TimeSpan{0, 4}));
  }

  // Who looks closely while it plays sees what is heard.
  void the_view_follows_the_playhead() {
    Shown shown;
    shown.timeline.show({0, 1});
    shown.player().play();
    shown.card->play(kSampleRate * 3 / 2);
    QTRY_COMPARE(shown.player().position(), 1.5);
    QVERIFY(shown.timeline.visible().begin <= 1.5 && shown.timeline.visible().end > 1.5);
    QCOMPARE(shown.timeline.visible().length(), 1.0);
  }

  void a_run_of_an_older_plan_is_marked() {
    Shown shown;
    auto* heads = shown.panel.findChild<QWidget*>("laneHeads");
    const auto head = [&](int lane) {
      const QRect place = shown.waveform().lane(lane);
      return heads->grab(QRect(0, place.top(), heads->width(), place.height())).toImage();
    };
    const QImage a = head(0), b = head(1);
    shown.panel.setOutdated({false, true, false});
    QVERIFY(head(1) != b);
    QCOMPARE(head(0), a);
    shown.panel.setOutdated({});
    QCOMPARE(head(1), b);
  }

  void the_level_match_tells_its_gain() {
    Shown shown;
    auto* gain = shown.panel.findChild<QLabel*>("gain");
    QCOMPARE(gain->text(), QString("B +6.0 dB"));
    shown.player().switchTo(2);
    QCOMPARE(gain->text(), QString("C +0.0 dB"));
    shown.panel.findChild<QCheckBox*>("levelMatch")->click();
    QVERIFY(gain->text().isEmpty());
    QCOMPARE(shown.player().tracks()[1].gain, 1.0);
  }

  void the_position_is_told_in_seconds() {
    Shown shown;
    shown.player().seek(1.204);
    QCOMPARE(shown.panel.findChild<QLabel*>("position")->text(), QString("1.204 / 4.000 s"));
  }

  void a_missing_device_is_told_and_the_rest_works() {
    Shown shown(new FakeSound(QList<SoundDevice>{}));
    auto* banner = shown.panel.findChild<QWidget*>("noDevice");
    QVERIFY(banner->isVisible());
    shown.drag(1, 2);
    QVERIFY(shown.player().loop());
    shown.card->plug({{"card", "Card"}});
    QVERIFY(!banner->isVisible());
    shown.card->plug({});
    QVERIFY(banner->isVisible());
  }

  // As where the window moves to a screen of twice the density.
  void icons_are_drawn_for_the_screen_they_are_on() {
    Timeline timeline;
    const ListenPanel panel(timeline, std::make_unique<FakeSound>());
    auto& label = *panel.findChild<QWidget*>("listenEmptyIcon");
    QPixmap seen(2 * label.size());
    seen.setDevicePixelRatio(2);
    seen.fill(Qt::transparent);
    auto expected = seen;
    label.render(&seen, {}, {}, QWidget::RenderFlags());
    QPainter painter(&expected);
    icon(Icon::waveform).paint(&painter, QRect(QPoint(), label.size()), Qt::AlignCenter, QIcon::Disabled);
    painter.end();
    QCOMPARE(seen.toImage(), expected.toImage());
  }
};

QTEST_MAIN(ListenPanelTest)
#include "test_listen_panel.moc"
