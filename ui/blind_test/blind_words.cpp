#include "ui/blind_test/blind_words.h"

#include <QLocale>

#include "ui/language/sentences.h"
#include "ui/language/tr.h"

namespace octet::ui {
namespace {

constexpr double kSure = 0.05;  // what guessing has to be less likely than, as is the custom

int answered(const BlindTest& test) { return static_cast<int>(test.answers.size()); }

double probability(const BlindTest& test) {
  return probability_by_guessing(right_answers(test), answered(test));
}

/// Two digits tell on which side of 0.05 it is.
QString written(double probability) { return QLocale().toString(probability, 'g', 2); }

/// Trials, all of them right, that guessing is unlikely enough for.
int fewest() {
  int trials = 1;
  while (probability_by_guessing(trials, trials) >= kSure) ++trials;
  return trials;
}

}  // namespace

QString result_of(const BlindTest& test) {
  const auto a = QString::fromStdString(test.a.run), b = QString::fromStdString(test.b.run);
  const double guessed = probability(test);
  QStringList said;
  if (answered(test) < test.trials)
    said << tr("Stopped after %1 of %n trials.", nullptr, test.trials).arg(answered(test));
  said << tr("%1 of %2 right; guessing gives %3 on average, and as many or more with p = %4 (one-sided "
             "binomial).")
              .arg(right_answers(test))
              .arg(answered(test))
              .arg(QLocale().toString(answered(test) / 2.0))
              .arg(written(guessed));
  if (guessed < kSure)
    said << tr("%1 and %2 could be told apart in this test.").arg(a, b);
  else if (answered(test) < fewest())
    said << tr("That decides nothing: fewer than %n trials never do.", nullptr, fewest());
  else
    said << tr("That %1 and %2 can be told apart is not shown by this test, nor that they cannot: more "
               "trials, other ears or clips may show it.")
                .arg(a, b);
  return sentences(said);
}

QString cited(const BlindTest& test) {
  return tr("Blind test: %1 of %2 right, as guesses are with p = %3")
      .arg(right_answers(test))
      .arg(answered(test))
      .arg(written(probability(test)));
}

}  // namespace octet::ui
