#include "ui/listen/listen_panel.h"

#include <QAction>
#include <QApplication>
#include <QCheckBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QMouseEvent>
#include <QStackedLayout>
#include <QToolButton>
#include <QVBoxLayout>
#include <cmath>

#include "ui/language/announce.h"
#include "ui/language/symbols.h"
#include "ui/listen/control_keys.h"
#include "ui/listen/decibel.h"
#include "ui/listen/lane_heads.h"
#include "ui/listen/level_meter.h"
#include "ui/listen/level_readout.h"
#include "ui/theme/icon_label.h"
#include "ui/theme/primary_button.h"
#include "ui/theme/theme.h"
#include "ui/timeline/gutters.h"

namespace octet::ui {
namespace {

constexpr double kStepSeconds = 1;

}  // namespace

ListenPanel::ListenPanel(Timeline& timeline, std::unique_ptr<SoundSystem> system, QWidget* parent)
    : QWidget(parent), timeline_(timeline), player_(std::move(system)) {
  setObjectName(QStringLiteral("listen"));
  make_actions();
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(2 * kSpacing, kSpacing, 2 * kSpacing, kSpacing);
  layout->setSpacing(kSpacing);
  layout->addWidget(transport_row());
  layout->addWidget(banner());
  auto* pages = new QWidget(this);
  pages_ = new QStackedLayout(pages);
  pages_->addWidget(empty_state());
  pages_->addWidget(lanes());
  layout->addWidget(pages, 1);
  qApp->installEventFilter(this);

  connect(&player_, &Player::tracksChanged, this, &ListenPanel::show_tracks);
  connect(&player_, &Player::positionChanged, this, &ListenPanel::show_position);
  connect(&player_, &Player::activeRunChanged, this, [this](int track) {
    waveform_->setActive(track);
    heads_->setActive(track);
    show_level_match();
    Q_EMIT activeRunChanged(track);
  });
  connect(&player_, &Player::playingChanged, this, [this](bool playing) {
    play_->setIcon(icon(playing ? Icon::pause : Icon::play));
    play_->setText(playing ? tr("Pause") : tr("Play"));
    play_->setToolTip(playing ? tr("Pause (Space)") : tr("Play (Space)"));
    if (playing) meter_->reset();
  });
  connect(&player_, &Player::loopChanged, this, [this] {
    loop_->setChecked(player_.looping());
    timeline_.setSelection(player_.loop(), player_.looping());
  });
  connect(&player_, &Player::levelMatchChanged, this, &ListenPanel::show_tracks);
  connect(&player_, &Player::bandChanged, this, &ListenPanel::show_level_match);
  connect(&player_, &Player::peakHeard, meter_, &LevelMeter::showPeak);
  connect(&player_.output(), &AudioOutput::availabilityChanged, this, &ListenPanel::show_problem);
  connect(&player_.output(), &AudioOutput::deviceChanged, this, &ListenPanel::show_device);
  connect_timeline();
  show_tracks();
  show_device();
  show_problem();
}

void ListenPanel::connect_timeline() {
  connect(&timeline_, &Timeline::seekRequested, &player_, &Player::seek);
  connect(&timeline_, &Timeline::selectionRequested, &player_, &Player::setLoop);
  connect(&timeline_, &Timeline::selectionCleared, &player_, &Player::clearLoop);
  connect(&timeline_, &Timeline::markersChanged, this, &ListenPanel::enable_actions);
}

void ListenPanel::setRuns(const Runs& runs) {
  const auto clip = runs.empty() ? QString() : runs.front()->clip;
  const bool other_clip = std::exchange(clip_, clip) != clip;
  player_.setRuns(runs);
  if (!other_clip) return;
  timeline_.showAll();
  waveform_->magnify(-WaveformView::kMostMagnified);
}

void ListenPanel::setOutdated(const std::vector<bool>& runs) { heads_->setOutdated(runs); }
void ListenPanel::setOriginal(const std::shared_ptr<const Sound>& original,
                              std::shared_ptr<const SoundOverview> overview) {
  player_.setOriginal(original, std::move(overview));
}

void ListenPanel::invite(const QString& text, const QString& button, const QString& otherwise) {
  invitation_->isVisible() ? announce(*invitation_, text) : invitation_->setText(text);
  accept_->setText(button);
  otherwise_->setText(otherwise);
  for (auto* one : {accept_, otherwise_}) {
    if (one->text().isEmpty() && one->hasFocus())
      (button.isEmpty() ? empty_ : accept_)->setFocus();  // nor to whatever comes next in the window
    one->setVisible(!one->text().isEmpty());
  }
}

/// What is hidden cannot have it. No focus proxy: Tab would go from before the panel to the proxy, past all
/// that comes between.
void ListenPanel::focusInEvent(QFocusEvent* event) {
  const bool empty = player_.tracks().empty();
  auto* target = !empty ? static_cast<QWidget*>(waveform_) : accept_->isHidden() ? empty_ : accept_;
  target->setFocus(event->reason());
}

void ListenPanel::make_actions() {
  auto reach = Qt::WidgetWithChildrenShortcut;
  const auto action = [this, &reach](const char* name, const QString& text, const QKeySequence& key,
                                     auto act) {
    auto* made = new QAction(text, this);
    made->setObjectName(QLatin1String(name));
    made->setShortcut(key);
    made->setShortcutContext(reach);
    made->setToolTip(key.isEmpty() ? text : tr("%1 (%2)").arg(text, key.toString(QKeySequence::NativeText)));
    connect(made, &QAction::triggered, this, act);
    addAction(made);
    transport_.append(made);
    return made;
  };
  to_start_ = action("toStart", tr("To start"), Qt::Key_Home, [this] { player_.toStart(); });
  back_ = action("back", tr("Back 1 s"), Qt::Key_Left, [this] { player_.step(-kStepSeconds); });
  forward_ = action("forward", tr("Forward 1 s"), Qt::Key_Right, [this] { player_.step(kStepSeconds); });
  action("clearLoop", tr("Clear loop"), Qt::Key_Escape, [this] { player_.clearLoop(); });
  action("zoomIn", tr("Zoom in"), Qt::Key_Plus, [this] { waveform_->zoomIn(); });
  action("zoomOut", tr("Zoom out"), Qt::Key_Minus, [this] { waveform_->zoomOut(); });
  action("showAll", tr("Show the whole clip"), Qt::Key_0, [this] { timeline_.showAll(); });
  action("higher", tr("Draw waveforms higher"), Qt::CTRL | Qt::Key_Plus, [this] { waveform_->magnify(1); });
  action("lower", tr("Draw waveforms lower"), Qt::CTRL | Qt::Key_Minus, [this] { waveform_->magnify(-1); });
  action("asHighAsTheySound", tr("Draw waveforms as high as they sound"), Qt::CTRL | Qt::Key_0,
         [this] { waveform_->magnify(-WaveformView::kMostMagnified); });
  reach = Qt::WindowShortcut;
  play_ = action("play", tr("Play"), Qt::Key_Space, [this] { player_.togglePlaying(); });
  loop_ = action("loop", tr("Loop"), Qt::Key_L, [this](bool on) { player_.setLooping(on); });
  loop_->setCheckable(true);
  swap_ = action("swap", tr("Swap the last two"), Qt::Key_X, [this] { player_.swap(); });
  action("next", tr("Next run"), Qt::Key_N, [this] { player_.next(); });
  worst_ = {action("worst", tr("To where runs differ most, then to the next such place"), Qt::Key_M,
                   [this] { timeline_.stepMarker(1); }),
            action("worstBefore", tr("To the place before, of those where runs differ most"),
                   Qt::SHIFT | Qt::Key_M, [this] { timeline_.stepMarker(-1); })};
  for (int i = 0; i < 9; ++i)
    action(qPrintable(QStringLiteral("choose%1").arg(i + 1)), tr("Run %1").arg(i + 1),
           QKeySequence(Qt::Key_1 + i), [this, i] { player_.switchTo(i); });
  to_start_->setIcon(icon(Icon::to_start));
  back_->setIcon(icon(Icon::back));
  play_->setIcon(icon(Icon::play));
  forward_->setIcon(icon(Icon::forward));
  loop_->setIcon(icon(Icon::loop));
  loop_->setToolTip(tr("Loop the clip, or what you select by dragging (L)"));
  swap_->setIcon(icon(Icon::swap));
  swap_->setToolTip(tr("Swap between the last two runs, without losing the place (X)"));
}

QWidget* ListenPanel::banner() {
  banner_ = new QWidget(this);
  banner_->setObjectName(QStringLiteral("noDevice"));
  auto* layout = new QHBoxLayout(banner_);
  layout->setContentsMargins(2 * kSpacing, kSpacing, 2 * kSpacing, kSpacing);
  layout->setSpacing(2 * kSpacing);
  layout->addWidget(new IconLabel(Icon::warning, fontMetrics().height(), QIcon::Normal, banner_));
  problem_ = new QLabel(banner_);
  problem_->setObjectName(QStringLiteral("problem"));
  problem_->setWordWrap(true);
  layout->addWidget(problem_, 1);
  return banner_;
}

QWidget* ListenPanel::lanes() {
  auto* page = new QWidget(this);
  auto* layout = new QHBoxLayout(page);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  waveform_ = new WaveformView(timeline_, page);
  heads_ = new LaneHeads(*waveform_, page);
  layout->addWidget(heads_);
  layout->addWidget(waveform_, 1);
  layout->addSpacing(right_gutter(*this) - 2 * kSpacing);
  connect(heads_, &LaneHeads::trackRequested, &player_, &Player::switchTo);
  connect(heads_, &LaneHeads::turned, waveform_, &WaveformView::turnMagnification);
  connect(waveform_, &WaveformView::trackRequested, &player_, &Player::switchTo);
  return page;
}

QWidget* ListenPanel::makeLevelReadout() { return new LevelReadout(player_, timeline_, *waveform_); }

QWidget* ListenPanel::empty_state() {
  auto* page = new QWidget(this);
  page->setObjectName(QStringLiteral("listenEmpty"));
  page->setFocusPolicy(Qt::ClickFocus);
  empty_ = page;
  auto* layout = new QVBoxLayout(page);
  layout->addStretch();
  auto* picture = new IconLabel(Icon::waveform, 48, QIcon::Disabled, page);
  picture->setObjectName(QStringLiteral("listenEmptyIcon"));
  layout->addWidget(picture, 0, Qt::AlignHCenter);
  invitation_ = new QLabel(page);
  invitation_->setObjectName(QStringLiteral("invitation"));
  invitation_->setAlignment(Qt::AlignCenter);
  invitation_->setWordWrap(true);
  layout->addWidget(invitation_);
  layout->addSpacing(2 * kSpacing);
  accept_ = new PrimaryButton(page);
  accept_->setObjectName(QStringLiteral("acceptInvitation"));
  accept_->setAutoDefault(true);  // Return presses it, too
  connect(accept_, &QPushButton::clicked, this, &ListenPanel::invitationAccepted);
  layout->addWidget(accept_, 0, Qt::AlignHCenter);
  otherwise_ = new QPushButton(page);
  otherwise_->setObjectName(QStringLiteral("otherwise"));
  otherwise_->setAutoDefault(true);
  connect(otherwise_, &QPushButton::clicked, this, &ListenPanel::otherwiseChosen);
  layout->addWidget(otherwise_, 0, Qt::AlignHCenter);
  layout->addStretch();
  invite(tr("Synthesize A and B to hear one sentence under two plans."), {});
  return page;
}

void ListenPanel::show_tracks() {
  const auto& tracks = player_.tracks();
  timeline_.setDuration(player_.duration());
  waveform_->setTracks(tracks);
  waveform_->setActive(player_.active());
  heads_->setTracks(tracks);
  heads_->setActive(player_.active());
  const auto* focus = QApplication::focusWidget();
  const bool was_here = focus && (focus == empty_ || empty_->isAncestorOf(focus));
  pages_->setCurrentIndex(tracks.empty() ? 0 : 1);
  if (was_here && !tracks.empty()) waveform_->setFocus();
  enable_actions();
  show_position(player_.position());
  show_level_match();
}

void ListenPanel::enable_actions() {
  const auto& tracks = player_.tracks();
  for (QAction* act : std::as_const(transport_)) act->setEnabled(!tracks.empty());
  swap_->setEnabled(tracks.size() > 1);
  for (QAction* act : std::as_const(worst_)) act->setEnabled(!tracks.empty() && !timeline_.markers().empty());
}

void ListenPanel::show_position(double seconds) {
  timeline_.setCursor(seconds);
  // What is heard is seen.
  const auto& visible = timeline_.visible();
  if (player_.playing() && seconds >= visible.end && visible.end < timeline_.duration())
    timeline_.show({seconds, seconds + visible.length()});
  if (player_.tracks().empty()) {
    position_->clear();
  } else {
    position_->setText(QStringLiteral("%1 / %2").arg(QLocale().toString(seconds, 'f', 3),
                                                     with_unit(player_.duration(), 3, "s")));
  }
}

void ListenPanel::show_level_match() {
  const auto& tracks = player_.tracks();
  level_match_->setEnabled(!tracks.empty());
  if (tracks.size() < 2 || !player_.levelMatch()) {
    gain_->setText(player_.band() ? with_unit(signed_number(decibels(player_.bandGain())), "dB") : QString());
    return;
  }
  // The first is what the others are matched to; while it plays, tell of the second.
  const auto shown = static_cast<std::size_t>(player_.active() > 0 ? player_.active() : 1);
  const auto name = track_letter(tracks[shown]);
  const double gain = player_.bandGain() * tracks[shown].gain / tracks[0].gain;
  gain_->setText(with_unit(QStringLiteral("%1 %2").arg(name, signed_number(decibels(gain))), "dB"));
}

void ListenPanel::show_problem() {
  banner_->setVisible(!player_.output().available());
  announce(*problem_, player_.output().problem());
  dress();
}

/// All that does not follow the palette by itself.
void ListenPanel::dress() {
  QFont digits = font();
  digits.setBold(true);
  position_->setFont(digits);
  // The widest digit everywhere: nothing beside it moves while it counts.
  position_->setMinimumWidth(QFontMetrics(digits).horizontalAdvance(QStringLiteral("00.000 / 00.000 s")));
  QPalette muted = palette();
  muted.setColor(QPalette::WindowText, colours().muted);
  gain_->setPalette(muted);
  gain_->setMinimumWidth(fontMetrics().horizontalAdvance(QStringLiteral("B−A +00.0 dB")));
  QColor tint = colours().caution;
  tint.setAlphaF(0.18f);
  banner_->setAutoFillBackground(true);
  QPalette cautious = palette();
  cautious.setColor(QPalette::Window, tint);
  banner_->setPalette(cautious);
}

void ListenPanel::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange && banner_) dress();
  QWidget::changeEvent(event);
}

void ListenPanel::mousePressEvent(QMouseEvent* event) {
  setFocus(Qt::MouseFocusReason);  // so that its keys work
  QWidget::mousePressEvent(event);
}

bool ListenPanel::eventFilter(QObject* watched, QEvent* event) {
  // Asked before a key becomes a shortcut; who accepts gets it.
  if (event->type() == QEvent::ShortcutOverride && watched->isWidgetType() &&
      uses_key(*static_cast<QWidget*>(watched), static_cast<QKeyEvent*>(event)->key()) &&
      static_cast<QKeyEvent*>(event)->modifiers() == Qt::NoModifier) {
    event->accept();
    return true;
  }
  return QWidget::eventFilter(watched, event);
}

}  // namespace octet::ui
