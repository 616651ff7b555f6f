#include "ui/listen/listen_panel.h"

#include <QAction>
#include <QApplication>
#include <QCheckBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QMouseEvent>
#include <QSlider>
#include <QStackedLayout>
#include <QToolButton>
#include <QVBoxLayout>
#include <cmath>

#include "ui/listen/control_keys.h"
#include "ui/listen/decibel.h"
#include "ui/listen/lane_heads.h"
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
  });
  connect(&player_, &Player::loopChanged, this, [this] {
    loop_->setChecked(player_.looping());
    timeline_.setSelection(player_.loop(), player_.looping());
  });
  connect(&player_, &Player::levelMatchChanged, this, &ListenPanel::show_tracks);
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
}

void ListenPanel::setRuns(const Runs& runs) {
  const auto clip = runs.empty() ? QString() : runs.front()->clip;
  const bool other_clip = std::exchange(clip_, clip) != clip;
  player_.setRuns(runs);
  if (other_clip) timeline_.showAll();
}

void ListenPanel::setOutdated(const std::vector<bool>& runs) { heads_->setOutdated(runs); }
void ListenPanel::setOriginal(const std::shared_ptr<const Sound>& original) { player_.setOriginal(original); }

void ListenPanel::invite(const QString& text, const QString& button) {
  invitation_->setText(text);
  accept_->setText(button);
  if (button.isEmpty() && accept_->hasFocus())
    empty_->setFocus();  // nor to whatever comes next in the window
  accept_->setVisible(!button.isEmpty());
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
  reach = Qt::WindowShortcut;
  play_ = action("play", tr("Play"), Qt::Key_Space, [this] { player_.togglePlaying(); });
  loop_ = action("loop", tr("Loop"), Qt::Key_L, [this](bool on) { player_.setLooping(on); });
  loop_->setCheckable(true);
  swap_ = action("swap", tr("Swap the last two"), Qt::Key_X, [this] { player_.swap(); });
  action("next", tr("Next run"), Qt::Key_N, [this] { player_.next(); });
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

QWidget* ListenPanel::transport_row() {
  auto* row = new QWidget(this);
  auto* layout = new QHBoxLayout(row);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(kSpacing / 2);
  for (QAction* act : {to_start_, back_, play_, forward_, loop_, swap_}) {
    auto* button = new QToolButton(row);
    button->setDefaultAction(act);
    button->setObjectName(act->objectName() + QStringLiteral("Button"));
    button->setAutoRaise(true);
    button->setIconSize({18, 18});
    layout->addWidget(button);
  }
  position_ = new QLabel(row);
  position_->setObjectName(QStringLiteral("position"));
  position_->setAccessibleDescription(tr("Position"));  // its name is what it says
  layout->addSpacing(kSpacing);
  layout->addWidget(position_);
  layout->addStretch();
  level_match_ = new QCheckBox(tr("Level &match"), row);
  level_match_->setObjectName(QStringLiteral("levelMatch"));
  level_match_->setToolTip(
      tr("Play every run as loud as the first (EBU R128): louder always seems better, and would mislead"));
  level_match_->setChecked(true);
  connect(level_match_, &QCheckBox::toggled, &player_, &Player::setLevelMatch);
  layout->addWidget(level_match_);
  gain_ = new QLabel(row);
  gain_->setObjectName(QStringLiteral("gain"));
  gain_->setAccessibleDescription(tr("Gain of the level match"));
  layout->addWidget(gain_);
  layout->addSpacing(kSpacing);
  device_ = new QLabel(row);
  device_->setObjectName(QStringLiteral("soundDevice"));
  layout->addWidget(device_);
  mute_ = new QToolButton(row);
  mute_->setObjectName(QStringLiteral("mute"));
  mute_->setAutoRaise(true);
  mute_->setCheckable(true);
  mute_->setIcon(icon(Icon::speaker));
  mute_->setToolTip(tr("Mute"));
  mute_->setAccessibleName(tr("Mute"));
  layout->addWidget(mute_);
  volume_ = new QSlider(Qt::Horizontal, row);
  volume_->setObjectName(QStringLiteral("volume"));
  volume_->setAccessibleName(tr("Volume"));
  volume_->setToolTip(tr("Volume"));
  volume_->setRange(0, 100);
  volume_->setValue(100);
  volume_->setFixedWidth(52);
  layout->addWidget(volume_);
  const auto apply = [this] {
    player_.setVolume(mute_->isChecked() ? 0 : volume_->value() / 100.0);
    mute_->setIcon(icon(mute_->isChecked() ? Icon::muted : Icon::speaker));
  };
  connect(mute_, &QToolButton::toggled, this, apply);
  connect(volume_, &QSlider::valueChanged, this, apply);
  return row;
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
  connect(waveform_, &WaveformView::trackRequested, &player_, &Player::switchTo);
  return page;
}

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
  for (QAction* act : std::as_const(transport_)) act->setEnabled(!tracks.empty());
  swap_->setEnabled(tracks.size() > 1);
  show_position(player_.position());
  show_level_match();
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
    position_->setText(tr("%1 / %2 s").arg(seconds, 0, 'f', 3).arg(player_.duration(), 0, 'f', 3));
  }
}

void ListenPanel::show_level_match() {
  const auto& tracks = player_.tracks();
  level_match_->setEnabled(!tracks.empty());
  if (tracks.size() < 2 || !player_.levelMatch()) {
    gain_->clear();
    return;
  }
  // The first is what the others are matched to; while it plays, tell of the second.
  const auto shown = static_cast<std::size_t>(player_.active() > 0 ? player_.active() : 1);
  const bool recorded = tracks[shown].kind == PlayerTrack::Kind::recording;
  const auto name = recorded ? tr("O", "chip of the original") : tracks[shown].name;
  gain_->setText(tr("%1 %2 dB").arg(name, signed_number(decibels(tracks[shown].gain / tracks[0].gain))));
}

/// What is judged is told: the rate it is heard at, and who changed it.
void ListenPanel::show_device() {
  const auto& output = player_.output();
  if (output.rate() == 0) return;  // not open yet, or for a while: the last is what was heard
  device_->setText(tr("%1 kHz").arg(output.rate() / 1000.0));
  device_->setToolTip(output.rate() == kSampleRate
                          ? tr("%1 plays the samples as they are.").arg(output.device())
                          : tr("%1 plays at %2 Hz. The runs, at %3 Hz, are resampled by soxr, high quality.")
                                .arg(output.device())
                                .arg(output.rate())
                                .arg(kSampleRate));
}

void ListenPanel::show_problem() {
  problem_->setText(player_.output().problem());
  banner_->setVisible(!player_.output().available());
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
  device_->setPalette(muted);
  device_->setMinimumWidth(fontMetrics().horizontalAdvance(tr("%1 kHz").arg(44.1)));
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
