#include "ui/study/front_dialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPushButton>
#include <QTableWidget>
#include <QVBoxLayout>
#include <algorithm>

#include "core/error.h"
#include "ui/language/announce.h"
#include "ui/model_tree/layer_column.h"
#include "ui/study/front_chart.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

/// What came of work on plans, or why nothing did.
struct Found {
  std::shared_ptr<const PlanMaker> maker;
  std::vector<FrontPoint> points;
  QString fault = {};
};

/// What a person asked for wrongly is told in the dialog, not over the window.
template <typename Work>
Found found(const Work& work) {
  try {
    return work();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    return {{}, {}, QString::fromUtf8(error.what())};
  }
}

constexpr double kMegabyte = 1e6;

/// The automatic plan that changes least within `bytes`; where none is so small, the smallest. Of points by
/// size.
int within(const std::vector<FrontPoint>& points, std::uint64_t bytes) {
  int found = 0;
  for (int i = static_cast<int>(points.size()) - 1; i >= 0; --i) {
    const auto& point = points[static_cast<std::size_t>(i)];
    if (point.kind != FrontPoint::Kind::automatic) continue;
    found = i;
    if (point.foretold.bytes <= bytes) break;
  }
  return found;
}

}  // namespace

FrontDialog::FrontDialog(std::shared_ptr<const Checkpoint> checkpoint,
                         std::shared_ptr<const Sensitivity> study,
                         std::shared_ptr<const Calibration> calibration, JobRunner& lane, QWidget* parent)
    : QDialog(parent),
      lane_(lane),
      checkpoint_bytes_(checkpoint->file_bytes()),
      chart_(new FrontChart),
      slot_(new QComboBox),
      better_(new QLabel),
      said_(new QLabel(tr("Click a point, or choose a row and press Enter: its plan goes into the slot."))) {
  setObjectName("frontDialog");
  setWindowTitle(tr("Automatic plans"));
  slot_->setObjectName("frontSlot");
  said_->setObjectName("frontSaid");
  said_->setWordWrap(true);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  auto* column = new QVBoxLayout(this);
  column->addWidget(chart_, 1);
  column->addLayout(makeBudgets());
  better_->setObjectName("frontBetter");
  better_->setWordWrap(true);
  better_->hide();
  column->addWidget(better_);
  column->addWidget(said_);
  column->addWidget(buttons);
  // Enter is the table's and the budgets'.
  for (auto* button : findChildren<QPushButton*>()) button->setAutoDefault(false);
  connect(chart_, &FrontChart::taken, this, &FrontDialog::take);
  connect(slot_, &QComboBox::currentIndexChanged, this, &FrontDialog::showBetter);
  resize(110 * fontMetrics().averageCharWidth(), 40 * fontMetrics().height());
  chart_->setCheckpointBytes(checkpoint_bytes_);
  makeFront(std::move(checkpoint), std::move(study), std::move(calibration));
}

QLayout* FrontDialog::makeBudgets() {
  auto* row = new QHBoxLayout;
  bytes_ = makeBudget(
      "mostBytes", tr("Within &MB"), {},
      [](double megabytes) { return PlanBudget{.bytes = static_cast<std::uint64_t>(megabytes * kMegabyte)}; },
      *row);
  damage_ = makeBudget(
      "mostDamage", tr("Within &damage"), QStringLiteral(" %"),
      [](double percent) { return PlanBudget{.damage = percent / 100}; }, *row);
  row->addStretch();
  auto* into = new QLabel(tr("&Into"));
  into->setBuddy(slot_);
  row->addWidget(into);
  row->addWidget(slot_);
  return row;
}

QDoubleSpinBox* FrontDialog::makeBudget(const char* name, const QString& what, const QString& unit,
                                        std::function<PlanBudget(double)> budget, QLayout& row) {
  constexpr double kMost = 1e6;
  auto* edit = new QDoubleSpinBox;
  edit->setObjectName(name);
  edit->setRange(0, kMost);
  edit->setDecimals(3);
  edit->setSuffix(unit);
  auto* label = new QLabel(what);
  label->setBuddy(edit);
  auto* plan = new QPushButton(tr("Make"));
  plan->setObjectName(QLatin1String(name) + QStringLiteral("Plan"));
  const auto ask_for = [this, edit, budget = std::move(budget)] { ask(budget(edit->value())); };
  connect(plan, &QPushButton::clicked, this, ask_for);
  connect(edit->findChild<QLineEdit*>(), &QLineEdit::returnPressed, this, ask_for);
  for (auto* widget : std::initializer_list<QWidget*>{label, edit, plan}) row.addWidget(widget);
  return edit;
}

void FrontDialog::makeFront(std::shared_ptr<const Checkpoint> checkpoint,
                            std::shared_ptr<const Sensitivity> study,
                            std::shared_ptr<const Calibration> calibration) {
  lane_.run(
      tr("Make automatic plans"), this,
      [checkpoint = std::move(checkpoint), study = std::move(study),
       calibration = std::move(calibration)](const JobControl& control) {
        return found([&] {
          auto maker =
              std::make_shared<const PlanMaker>(checkpoint, *study, /*include_tokenizer=*/false, calibration);
          auto points = front_points(*maker, study->subject.question.base, control);
          return Found{std::move(maker), std::move(points)};
        });
      },
      [this](Found made) {
        if (!made.fault.isEmpty()) return announce(*said_, made.fault);
        maker_ = std::move(made.maker);
        front_ = std::move(made.points);
        placeSlots();
        showPoints();
        const auto half = checkpoint_bytes_ / 2;
        const auto chosen = within(chart_->points(), half);
        const auto& point = chart_->points()[static_cast<std::size_t>(chosen)];
        bytes_->setValue(static_cast<double>(point.foretold.bytes) / kMegabyte);
        damage_->setValue(100 * point.foretold.damage.total());
        chart_->choose(chosen);
        chart_->focusTable();
        if (point.foretold.bytes <= half)
          announce(*said_,
                   tr("Chosen: what does least within half of the checkpoint (%1). Click another point, "
                      "or press Enter: the plan goes into the slot.")
                       .arg(bytes_text(static_cast<double>(half))));
      });
}

void FrontDialog::setSlots(std::vector<SlotPlan> plans, int current) {
  plans_ = std::move(plans);
  slot_->clear();
  for (const auto& plan : plans_) slot_->addItem(plan.name);
  slot_->setCurrentIndex(current);
  placeSlots();
}

void FrontDialog::placeSlots() {
  if (!maker_) return;
  lane_.run(
      tr("Foretell what plans do"), this,
      [maker = maker_, plans = plans_](const JobControl&) { return slot_points(*maker, plans); },
      [this](std::vector<FrontPoint> points) {
        slot_points_ = std::move(points);
        showPoints();
        showBetter();
      });
}

/// Whether an automatic plan as small does less than the one in the slot.
QString FrontDialog::betterThanCurrent() const {
  const auto slot = std::ranges::find(slot_points_, slot_->currentIndex(), &FrontPoint::slot);
  if (slot == slot_points_.end() || front_.empty()) return {};
  const auto& points = chart_->points();
  const auto& automatic = points[static_cast<std::size_t>(within(points, slot->foretold.bytes))];
  if (automatic.foretold.bytes > slot->foretold.bytes ||
      automatic.foretold.damage.total() >= slot->foretold.damage.total())
    return {};
  const auto percent = [](const FrontPoint& point) {
    return QLocale().toString(100 * point.foretold.damage.total(), 'g', 3);
  };
  return (slot->foretold.unknown > 0 ? tr("%1 does at least %2 % in %3; %4, no larger, is foretold %5 %.")
                                     : tr("%1 does %2 % in %3; %4, no larger, is foretold %5 %."))
      .arg(slot->name, percent(*slot), bytes_text(static_cast<double>(slot->foretold.bytes)), automatic.name,
           percent(automatic));
}

void FrontDialog::showBetter() {
  announce(*better_, betterThanCurrent());
  better_->setVisible(!better_->text().isEmpty());
}

void FrontDialog::ask(const PlanBudget& budget) {
  if (!maker_) return;
  lane_.run(
      tr("Make an automatic plan"), this,
      [maker = maker_, budget](const JobControl&) {
        return found([&] { return Found{{}, {asked_point(*maker, budget)}}; });
      },
      [this](Found made) {
        if (!made.fault.isEmpty()) return announce(*said_, made.fault);
        asked_ = std::move(made.points);
        showPoints();
        const auto& points = chart_->points();
        const auto point = std::ranges::find(points, FrontPoint::Kind::asked, &FrontPoint::kind);
        chart_->choose(static_cast<int>(point - points.begin()));
        take(static_cast<int>(point - points.begin()));
      });
}

void FrontDialog::showPoints() {
  auto points = front_;
  for (const auto* more : {&slot_points_, &asked_}) points.insert(points.end(), more->begin(), more->end());
  sort_by_size(points);
  chart_->setPoints(std::move(points));
}

void FrontDialog::take(int point) {
  const auto& chosen = chart_->points()[static_cast<std::size_t>(point)];
  const int slot = slot_->currentIndex();
  if (slot < 0) return;
  const auto bytes = bytes_text(static_cast<double>(chosen.foretold.bytes));
  announce(*said_, tr("%1 is now: %2, %3, damage %4 %, %n layers. Undo takes it back.", nullptr,
                      static_cast<int>(chosen.foretold.layers))
                       .arg(slot_->currentText(), chosen.name, bytes,
                            QLocale().toString(100 * chosen.foretold.damage.total(), 'g', 3)));
  const auto plan = chosen.plan;  // what is done with it changes the points
  Q_EMIT taken(slot, plan, tr("the plan of %1").arg(bytes));
}

}  // namespace octet::ui
