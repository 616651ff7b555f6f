#include "ui/blind_test/blind_test_dialog.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QProgressBar>
#include <QPushButton>
#include <QShortcut>
#include <QSpinBox>
#include <QStackedWidget>
#include <QTreeWidget>
#include <QVBoxLayout>

#include "ui/blind_test/blind_words.h"
#include "ui/blind_test/sides.h"
#include "ui/language/announce.h"
#include "ui/theme/icons.h"
#include "ui/theme/path_row.h"
#include "ui/theme/primary_button.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

constexpr int kTrials = 12;

QLabel* wrapped(const char* name, const QString& text = {}) {
  auto* label = new QLabel(text);
  label->setObjectName(QLatin1String(name));
  label->setWordWrap(true);
  return label;
}

/// A button that a click leaves without the focus, so that keys go on meaning what they did.
QPushButton* key_button(const QString& text, const QString& name, const QKeySequence& key) {
  auto* button = new QPushButton(text);
  button->setObjectName(name);
  // A button's own shortcut clicks it a tenth of a second late.
  QObject::connect(new QShortcut(key, button), &QShortcut::activated, button, &QPushButton::click);
  button->setToolTip(QStringLiteral("%1 (%2)").arg(text, key.toString(QKeySequence::NativeText)));
  button->setFocusPolicy(Qt::TabFocus);
  button->setAutoDefault(false);
  button->setMinimumHeight(2 * button->sizeHint().height());
  return button;
}

}  // namespace

BlindTestDialog::BlindTestDialog(BlindPair pair, std::uint64_t seed, std::unique_ptr<SoundSystem> system,
                                 QWidget* parent)
    : QDialog(parent), pair_(std::move(pair)), player_(std::move(system)), pages_(new QStackedWidget) {
  const auto& a = *pair_.a;
  test_ = {.clip = a.clip.toStdString(),
           .voice = a.voice.toStdString(),
           .steps = a.key.steps,
           .noise_seed = a.key.seed,
           .a = side_of(a),
           .b = side_of(*pair_.b),
           .seed = seed,
           .trials = kTrials};
  if (pair_.seconds) test_.seconds = {pair_.seconds->begin, pair_.seconds->end};
  setObjectName("blindTestDialog");
  setWindowTitle(tr("Blind test of %1 and %2").arg(a.name, pair_.b->name));
  player_.setRuns({pair_.a, pair_.b});
  pair_.seconds ? player_.setLoop(pair_.seconds->begin, pair_.seconds->end) : player_.setLooping(true);

  for (auto* page : {makeQuestion(), makeTrial(), makeResult()}) pages_->addWidget(page);
  // No button box: that shows again what is hidden, whenever the theme changes.
  auto* buttons = new QHBoxLayout;
  buttons->addStretch(1);
  const auto add = [&](QPushButton* button, const char* name) {
    button->setObjectName(QLatin1String(name));
    button->setAutoDefault(false);
    buttons->addWidget(button);
    return button;
  };
  start_ = add(new PrimaryButton(tr("&Start")), "startBlindTest");
  start_->setDefault(true);
  stop_ = add(new QPushButton(tr("S&top")), "stopBlindTest");
  stop_->setToolTip(tr("End the test here; what was answered counts (Esc)"));
  save_ = add(new QPushButton(tr("Sa&ve…")), "saveBlindTest");
  close_ = add(new QPushButton(tr("Close")), "closeBlindTest");
  auto* column = new QVBoxLayout(this);
  column->setSpacing(3 * kSpacing);
  column->addWidget(wrapped("blindPair", pairText()));
  column->addWidget(pages_, 1);
  column->addLayout(buttons);

  connect(start_, &QPushButton::clicked, this, &BlindTestDialog::start);
  connect(stop_, &QPushButton::clicked, this, &BlindTestDialog::stop);
  connect(save_, &QPushButton::clicked, this, [this] { save({}); });
  connect(close_, &QPushButton::clicked, this, &BlindTestDialog::reject);
  connect(&player_, &Player::playingChanged, this, &BlindTestDialog::showWork);
  connect(&player_.output(), &AudioOutput::availabilityChanged, this, &BlindTestDialog::showWork);
  showWork();
  resize(80 * fontMetrics().averageCharWidth(), 24 * fontMetrics().height());
}

/// What is compared, and on what: over every page.
QString BlindTestDialog::pairText() const {
  const auto& [a, b, seconds] = pair_;
  const auto clip = a->clip.toHtmlEscaped(), first = a->plan.toHtmlEscaped(),
             second = b->plan.toHtmlEscaped();
  if (!seconds)
    return tr("<b>%1</b> (%2) and <b>%3</b> (%4) of %5").arg(a->name, first, b->name, second, clip);
  return tr("<b>%1</b> (%2) and <b>%3</b> (%4) of %5, %6 to %7 s")
      .arg(a->name, first, b->name, second, clip, QLocale().toString(seconds->begin, 'f', 2),
           QLocale().toString(seconds->end, 'f', 2));
}

QWidget* BlindTestDialog::makeQuestion() {
  auto* page = new QWidget;
  auto* column = new QVBoxLayout(page);
  column->setContentsMargins({});
  column->setSpacing(3 * kSpacing);
  column->addWidget(wrapped(
      "blindTask",
      tr("In each trial X is one of the two, drawn anew. Hear %1, X and %2 as often as you like: they are "
         "equally loud, and change at the same place. Then say which X is. How many were right is told at "
         "the end alone. Wear headphones; who may not know the plans should sit at the keys.")
          .arg(pair_.a->name, pair_.b->name)));
  auto* row = new QHBoxLayout;
  auto* label = new QLabel(tr("T&rials"));
  trials_ = new QSpinBox;
  trials_->setObjectName("blindTrials");
  trials_->setAccessibleName(tr("Trials"));
  trials_->setRange(1, BlindTest::kMostTrials);
  trials_->setValue(kTrials);
  label->setBuddy(trials_);
  row->addWidget(label);
  row->addWidget(trials_);
  row->addStretch(1);
  column->addLayout(row);
  column->addStretch(1);
  return page;
}

QWidget* BlindTestDialog::makeTrial() {
  auto* page = new QWidget;
  auto* column = new QVBoxLayout(page);
  column->setContentsMargins({});
  column->setSpacing(3 * kSpacing);
  trial_ = wrapped("blindTrial");
  progress_ = new QProgressBar;
  progress_->setTextVisible(false);
  progress_->setObjectName("blindProgress");
  progress_->setFixedHeight(fontMetrics().height() / 2);
  progress_->setAccessibleName(tr("Trials that were answered"));
  column->addWidget(trial_);
  column->addWidget(progress_);

  hearing_ = new QButtonGroup(this);
  auto* hear = new QHBoxLayout;
  const QString names[] = {pair_.a->name, QStringLiteral("X"), pair_.b->name};
  for (const auto heard : {Heard::a, Heard::x, Heard::b}) {
    const auto& name = names[static_cast<int>(heard)];
    auto* button = key_button(name, QStringLiteral("hear%1").arg(name), QKeySequence(name));
    button->setCheckable(true);
    hearing_->addButton(button, static_cast<int>(heard));
    connect(button, &QPushButton::clicked, this, [this, heard] { this->hear(heard); });
    hear->addWidget(button, 1);
  }
  column->addLayout(hear);
  play_ = new QPushButton;
  play_->setObjectName("playBlind");
  play_->setAutoDefault(false);
  connect(play_, &QPushButton::clicked, this, [this] {
    // Before anything was chosen it would play what X was last.
    hearing_->checkedId() >= 0 ? player_.togglePlaying()
                               : hearing_->button(static_cast<int>(Heard::x))->click();
  });
  heard_ = wrapped("blindHeard");
  heard_->setAlignment(Qt::AlignCenter);
  column->addWidget(heard_);
  column->addWidget(play_, 0, Qt::AlignHCenter);
  problem_ = wrapped("blindProblem");
  column->addWidget(problem_);
  column->addStretch(1);

  auto* answer = new QHBoxLayout;
  for (const auto sound : {Sound::a, Sound::b}) {
    const auto name = nameOf(sound);
    auto* button = key_button(tr("X is %1").arg(name), QStringLiteral("xIs%1").arg(name),
                              QKeySequence(QStringLiteral("Shift+%1").arg(name)));
    connect(button, &QPushButton::clicked, this, [this, sound] { this->answer(sound); });
    answers_[static_cast<std::size_t>(sound)] = button;
    answer->addWidget(button, 1);
  }
  column->addLayout(answer);
  column->addWidget(wrapped("blindKeys", tr("Keys: %1, X, %2 to hear; Shift+%1, Shift+%2 to answer, once "
                                            "X was heard; Space to pause.")
                                             .arg(nameOf(Sound::a), nameOf(Sound::b))));
  return page;
}

QWidget* BlindTestDialog::makeResult() {
  auto* page = new QWidget;
  auto* column = new QVBoxLayout(page);
  column->setContentsMargins({});
  column->setSpacing(2 * kSpacing);
  result_ = wrapped("blindResult");
  result_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  column->addWidget(result_);
  told_ = new QTreeWidget;
  told_->setObjectName("blindAnswers");
  told_->setAccessibleName(tr("What X was in each trial, and what was said"));
  told_->setHeaderLabels({tr("Trial"), tr("X was"), tr("You said"), tr("Result")});
  told_->setRootIsDecorated(false);
  told_->setAlternatingRowColors(true);
  column->addWidget(told_, 1);
  saved_ = wrapped("blindSaved");
  column->addWidget(saved_);
  return page;
}

QString BlindTestDialog::nameOf(Sound sound) const {
  return sound == Sound::a ? pair_.a->name : pair_.b->name;
}

bool BlindTestDialog::runs() const { return pages_->currentIndex() == static_cast<int>(Page::trial); }

void BlindTestDialog::start() {
  test_.trials = trials_->value();
  hidden_ = hidden_sounds(test_.seed, test_.trials);
  progress_->setRange(0, test_.trials);
  pages_->setCurrentIndex(static_cast<int>(Page::trial));
  beginTrial();
  play_->setFocus();
}

/// From the beginning and in silence: what goes on playing would tell X by what it was.
void BlindTestDialog::beginTrial() {
  const auto answered = static_cast<int>(test_.answers.size());
  player_.pause();
  player_.seek(pair_.seconds ? pair_.seconds->begin : 0);
  heard_x_ = false;
  hearing_->setExclusive(false);
  for (auto* button : hearing_->buttons()) button->setChecked(false);
  hearing_->setExclusive(true);
  announce(*trial_, tr("Trial %1 of %2: which is X?").arg(answered + 1).arg(test_.trials));
  heard_->clear();
  progress_->setValue(answered);
  showWork();
}

void BlindTestDialog::hear(Heard heard) {
  const auto sound = heard == Heard::a   ? Sound::a
                     : heard == Heard::b ? Sound::b
                                         : hidden_[test_.answers.size()];
  player_.switchTo(static_cast<int>(sound));
  player_.play();
  heard_->setText(tr("You hear %1.").arg(hearing_->button(static_cast<int>(heard))->text()));
  heard_x_ |= heard == Heard::x && player_.playing();
  showWork();
}

void BlindTestDialog::answer(Sound sound) {
  test_.answers.push_back(sound);
  static_cast<int>(test_.answers.size()) < test_.trials ? beginTrial() : end();
}

void BlindTestDialog::stop() {
  if (test_.answers.empty()) return QDialog::reject();
  end();
}

void BlindTestDialog::end() {
  player_.pause();
  pages_->setCurrentIndex(static_cast<int>(Page::result));
  announce(*result_, result_of(test_));
  for (std::size_t i = 0; i < test_.answers.size(); ++i) {
    const bool right = test_.answers[i] == hidden_[i];
    auto* row = new QTreeWidgetItem(told_, {QLocale().toString(qulonglong(i) + 1), nameOf(hidden_[i]),
                                            nameOf(test_.answers[i]), right ? tr("right") : tr("wrong")});
    row->setTextAlignment(0, Qt::AlignRight);
  }
  showWork();
  close_->setDefault(true);
  close_->setFocus();
  Q_EMIT ended(test_);
}

void BlindTestDialog::save(const QString& path) {
  const auto chosen = path.isEmpty() ? asked_for_file(this, tr("Save the blind test"), "blind-test.json",
                                                      tr("Blind tests (*.json)"))
                                     : path;
  if (!chosen.isEmpty()) Q_EMIT saveRequested(chosen);
}

void BlindTestDialog::tellSaved(const QString& text) {
  announce(*saved_, text);
  showWork();
}

void BlindTestDialog::reject() { runs() ? stop() : QDialog::reject(); }

/// What can be done now.
void BlindTestDialog::showWork() {
  const auto page = static_cast<Page>(pages_->currentIndex());
  const bool same = pair_.a->synthesis.waveform == pair_.b->synthesis.waveform;
  start_->setVisible(page == Page::question);
  start_->setEnabled(!same);
  start_->setToolTip(same ? tr("%1 and %2 are equal to the sample: there is nothing to tell apart")
                                .arg(pair_.a->name, pair_.b->name)
                          : QString());
  stop_->setVisible(page == Page::trial);
  save_->setVisible(page == Page::result);
  close_->setVisible(page != Page::trial);
  play_->setIcon(icon(player_.playing() ? Icon::pause : Icon::play));
  play_->setText(player_.playing() ? tr("Pause") : tr("Play"));
  for (auto* button : answers_) button->setEnabled(heard_x_);
  announce(*problem_, player_.output().problem());
  problem_->setVisible(!player_.output().available());
  saved_->setVisible(!saved_->text().isEmpty());
}

}  // namespace octet::ui
