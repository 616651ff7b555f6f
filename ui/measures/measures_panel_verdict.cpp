// What the numbers come to, in words, and where to listen for it.

#include <QApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QTableView>
#include <QToolButton>

#include "core/study/predicted_mos_alarm.h"
#include "ui/language/announce.h"
#include "ui/language/symbols.h"
#include "ui/measures/measures_panel.h"
#include "ui/theme/theme.h"

namespace octet::ui {

/// All clips together; thousands of means are drawn for that. What comes meanwhile is judged after it.
void MeasuresPanel::judge() {
  judge_again_ = judging_.has_value();
  const auto runs = static_cast<int>(report_.runs());
  if (judge_again_ || report_.clips() == 0 || runs < 2) return;
  const auto id = std::make_shared<JobRunner::Id>(0);
  *id = lane_.run(
      tr("Judging %n clips", nullptr, static_cast<int>(report_.clips())), this,
      [made = report_, runs, thresholds = thresholds_](const JobControl& control) {
        const auto report = made.whole();
        std::map<int, Judged> judged;
        for (int run = 1; run < runs; ++run) {
          control.at({"judging", run - 1, runs - 1});
          const auto index = static_cast<std::size_t>(run);
          const auto scores = paired_scores(report, index);
          judged[run] = {{static_cast<int>(report.clips.size()), report.steps, report.seed},
                         octet::judge(scores, thresholds, runs - 1),
                         predicted_mos_alarm(report.runs[index].name, scores, runs - 1)};
        }
        return judged;
      },
      [this, id](std::map<int, Judged> judged) {
        if (judging_ != *id) return;  // of a report that went before this came
        judged_ = std::move(judged);
        showMoments();
      });
  judging_ = *id;
}

void MeasuresPanel::judgingEnded() {
  judging_.reset();
  if (std::exchange(judge_again_, false)) judge();
}

void MeasuresPanel::setOutdated(bool outdated) {
  if (outdated == outdated_) return;
  outdated_ = outdated;
  showMoments();
}

void MeasuresPanel::setBlindTests(std::map<std::pair<std::string, int>, QString> said) {
  if (said == blind_tests_) return;
  blind_tests_ = std::move(said);
  showMoments();
}

void MeasuresPanel::setValidations(std::map<int, Conclusion> concluded) {
  if (concluded == validations_) return;
  validations_ = std::move(concluded);
  showMoments();
}

Conclusion MeasuresPanel::overall(int run) const {
  const auto known = judged_.find(run);
  if (known == judged_.end()) return {};
  if (outdated_) return {Standing::unknown, tr("not judged since the last change: synthesize again.")};
  return verdict_of_all(QString::fromStdString(report_.head().runs.at(static_cast<std::size_t>(run)).name),
                        known->second.judgement, known->second.clips, thresholds_.error);
}

void MeasuresPanel::showMoments() {
  auto* row = static_cast<QHBoxLayout*>(moments_->layout());
  if (moments_->isAncestorOf(QApplication::focusWidget())) overview_->setFocus();  // what has it goes
  while (auto* item = row->takeAt(0)) {
    if (auto* old = item->widget()) {
      old->hide();  // it goes later, and would be seen below the new ones until then
      old->deleteLater();
    }
    delete item;
  }
  const auto& run = floors_->run();
  const auto found = analyses_.find(run.clip);
  const bool known = found != analyses_.end() && run.run < static_cast<int>(found->second.runs.size());
  moments_->setVisible(known);
  std::vector<double> shown;
  if (known && run.clip == shownClip())
    for (const auto& moment : found->second.runs.at(static_cast<std::size_t>(run.run)).moments)
      shown.push_back(moment.seconds);
  Q_EMIT momentsShown(shown);
  showVerdict(shown);
  if (!known) return;
  const auto& moments = found->second.runs.at(static_cast<std::size_t>(run.run)).moments;
  auto* title = new QLabel(moments.empty() ? tr("No difference to hear.") : tr("Differs at"));
  row->addWidget(title);
  for (std::size_t i = 0; i < moments.size(); ++i) {
    auto* button = new QToolButton;
    button->setObjectName(QStringLiteral("moment%1").arg(i));
    button->setText(with_unit(moments[i].seconds, 2, "s"));
    button->setToolTip(tr("Listen here: the spectra differ by %1 dB, weighted by level")
                           .arg(QLocale().toString(moments[i].score, 'f', 1)));
    button->setAutoRaise(true);
    connect(button, &QToolButton::clicked, this,
            [this, clip = run.clip, run = run.run, at = moments[i].seconds] {
              Q_EMIT jumpRequested(clip, run, at);
              Q_EMIT playRequested();
            });
    row->addWidget(button);
    setTabOrder(i == 0 ? copy_ : row->itemAt(row->count() - 2)->widget(), button);
  }
  row->addStretch(1);
}

/// In words, above the numbers; coloured only where there is something to look into.
void MeasuresPanel::showVerdict(const std::vector<double>& moments) {
  const auto& run = floors_->run();
  std::vector<Conclusion> conclusions;
  if (const auto validated = validations_.find(run.run); validated != validations_.end())
    conclusions.push_back(validated->second);
  const auto known = judged_.find(run.run);
  if (known != judged_.end())
    conclusions.push_back(
        verdict_of_all(run.name, known->second.judgement, known->second.clips, thresholds_.error));
  conclusions.push_back(verdict_of(run, moments));
  if (known != judged_.end() && known->second.alarm)
    conclusions.push_back({Standing::beyond, QString::fromStdString(*known->second.alarm)});
  if (const auto heard = blind_tests_.find({run.clip, run.run}); heard != blind_tests_.end())
    conclusions.push_back({Standing::unknown, heard->second});
  QStringList lines;
  std::vector<Standing> standings;
  if (outdated_) {
    lines << tr("–  From before the last change: synthesize again.");
    standings.push_back(Standing::unknown);
  }
  bool alarm = false;
  for (const auto& [standing, text] : conclusions) {
    if (!text.isEmpty()) lines << sign(standing) + QStringLiteral("  ") + text;
    alarm |= standing == Standing::beyond && !outdated_;
    standings.push_back(standing);
  }
  verdict_->setText(lines.join('\n'));
  const bool there = !run.measures.empty() && !lines.isEmpty();
  verdict_->setVisible(there);
  // With each clip of many its figures change; what they come to seldom does.
  if (!there) standings.clear();
  if (std::exchange(told_, standings) != standings && there) announce(*verdict_);
  auto dressed = QApplication::palette();
  auto ground = alarm ? colours().caution : colours().faint;
  ground.setAlphaF(alarm ? 0.2F : 0.3F);
  dressed.setColor(QPalette::Window, ground);
  if (outdated_) dressed.setColor(QPalette::WindowText, colours().muted);
  verdict_->setAutoFillBackground(true);
  verdict_->setPalette(dressed);
}

void MeasuresPanel::refreshColours() {
  const auto part = [](Standing standing, const QString& word) {
    const auto text = QStringLiteral("<span style='color:%1'><b>%2</b>&nbsp;%3</span>");
    return text.arg(colour(standing).name(), sign(standing), word);
  };
  const QStringList standings{
      part(Standing::within, tr("within bf16, too")), part(Standing::between, tr("within other noise")),
      part(Standing::untold, tr("cannot tell")), part(Standing::beyond, tr("beyond"))};
  const auto limit = tr("Limit: what another noise seed gives, and as much worse as chance may make it");
  legend_->setText(standings.join(" &nbsp;") + "<br>" + limit);
  auto muted = palette();
  muted.setColor(QPalette::WindowText, colours().muted);
  hint_->setPalette(muted);
}

}  // namespace octet::ui
