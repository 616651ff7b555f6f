#pragma once

#include <QList>
#include <QString>
#include <QStringList>
#include <string>
#include <utility>
#include <vector>

#include "core/study/risk_file.h"

namespace octet::ui {

/// Whose figures something shows, which is what gives it its colour.
enum class RiskRole {
  plan,       ///< the plan that is looked at
  floor,      ///< every layer in bf16
  reference,  ///< every layer in fp32
  other,      ///< what is neither: other noise, int8
  limit,      ///< of hearing
};

/// One thing in a plot.
struct RiskSeries {
  enum class Form { line, dots, bars };

  QString name;  ///< empty: not in the legend
  RiskRole role = RiskRole::plan;
  Form form = Form::line;
  std::vector<double> x, y;  ///< as many; NaN is a gap
  int mark = -1;             ///< of each value, told apart by number; negative: none
};

struct RiskAxis {
  QString label;
  bool logarithmic = false;
  std::vector<std::pair<double, QString>> names = {};  ///< in place of numbers
};

/// A plot with its floors, and its figures as a table where those are few.
struct RiskPlot {
  QString title;    ///< in a word or two
  QString caption;  ///< what is seen, in a sentence
  RiskAxis x, y;
  std::vector<RiskSeries> series;
  std::vector<std::pair<double, double>> marked = {};  ///< stretches of x that matter most
  QStringList heads = {};                              ///< the first is of names, the rest of numbers
  QList<QStringList> rows = {};
  int quoted_row = -1;  ///< that a finding is about
};

/// A layer, or a part of the model that layers are below.
struct RiskBlame {
  std::string part;
  QString words;  ///< what it is in the model
  QString error;  ///< that it makes
};

/// Where to listen.
struct RiskMoment {
  std::string clip;  ///< clip_called
  double seconds = 0;
  QString error;
};

/// What is shown of a risk, whichever it is.
struct RiskPicture {
  QString title;
  QStringList findings;  ///< sentences
  std::vector<RiskPlot> plots;
  QString blame_title;
  std::vector<RiskBlame> blamed;  ///< worst first
  QString nobody;                 ///< said where that is empty
  std::vector<RiskMoment> moments = {};
};

RiskPicture picture_of(const Risk& risk);

/// What each risk is called, in the order of Risk's.
QStringList risk_titles();

/// A row for each value of each series: plot, series, x, y.
QString to_csv(const RiskPicture& picture);

}  // namespace octet::ui
