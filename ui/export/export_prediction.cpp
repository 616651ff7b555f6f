#include "ui/export/export_prediction.h"

#include <QLocale>

#include "core/error.h"
#include "core/export/exporter.h"
#include "core/plan/size.h"
#include "ui/export/export_parts.h"
#include "ui/language/sentences.h"

namespace octet::ui {

ExportPrediction::ExportPrediction(std::shared_ptr<const Checkpoint> checkpoint, ResolvedPlan resolved)
    : checkpoint_(std::move(checkpoint)), resolved_(std::move(resolved)) {}

void ExportPrediction::choose(const std::vector<std::string>& components, ExportFormat format) {
  auto wanted = std::pair(components, format);
  if (chosen_ == wanted) return;
  chosen_ = std::move(wanted);
  bytes_ = beside_weights_ = 0;
  unheld_.clear();
  if (components.empty()) return;
  try {
    bytes_ = predicted_export_bytes(checkpoint_, resolved_, components, format);
    if (format != ExportFormat::stock)  // which holds fp32, whatever the sizes of the parts are
      beside_weights_ = bytes_ - plan_size(checkpoint_->layers(), resolved_, components).total().bytes;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::usage) throw;
    unheld_ = tr("<b>Not with this plan:</b> %1. Choose another format, or a plan such as linear-only.")
                  .arg(QString::fromUtf8(error.what()).toHtmlEscaped());
  }
}

QString ExportPrediction::text() const {
  if (!unheld_.isEmpty()) return unheld_;
  if (!possible()) return tr("Choose at least one part.");
  const auto whole = checkpoint_->file_bytes();
  auto size = tr("The file will have <b>%1</b> (%2 bytes): %3 % of the %4 it is made from.")
                  .arg(megabytes(bytes_), QLocale().toString(qulonglong(bytes_)),
                       QLocale().toString(100.0 * double(bytes_) / double(whole), 'f', 1), megabytes(whole));
  if (beside_weights_ == 0) return size;
  return sentences(
      {size, tr("%1 of it name the tensors and tell the plan.").arg(megabytes(beside_weights_))});
}

}  // namespace octet::ui
