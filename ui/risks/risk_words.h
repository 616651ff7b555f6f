#pragma once

#include <QCoreApplication>
#include <QLocale>

#include "ui/risks/risk_picture.h"

// What the pictures of all risks have in common.
namespace octet::ui::risk_words {

/// As lupdate finds it: by its namespace.
inline QString tr(const char* text, const char* comment = nullptr, int n = -1) {
  return QCoreApplication::translate("octet::ui::risk_words", text, comment, n);
}

/// "–" where there is none.
QString number(double value, int decimals);
/// Of a share, three digits and what one is out of: "1.12 %".
QString percent(double share);

RiskBlame blame(const std::string& part, const QString& error);
/// Of errors alone, as shares.
std::vector<RiskBlame> blames(const std::vector<BlamedPart>& blamed);

/// Bars of the plan beside bf16's over `names`.
RiskPlot bars(const QStringList& names, const std::vector<double>& plan, const std::vector<double>& bf16);

RiskPicture picture_of(const StepsRisk& risk);
RiskPicture picture_of(const IstftRisk& risk);
RiskPicture picture_of(const NoiseRisk& risk);
RiskPicture picture_of(const SnakeRisk& risk);
RiskPicture picture_of(const SpeakerRisk& risk);
RiskPicture picture_of(const PitchRisk& risk);

}  // namespace octet::ui::risk_words
