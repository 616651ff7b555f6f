#include "ui/model_tree/method_dialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QRegularExpression>

#include "core/error.h"
#include "core/quant/methods.h"
#include "core/quant/option_settings.h"
#include "ui/language/announce.h"
#include "ui/theme/tab_order.h"
#include "ui/theme/theme.h"

namespace octet::ui {

MethodDialog::MethodDialog(QWidget* parent)
    : QDialog(parent), method_(new QComboBox), settings_(new QLineEdit), fault_(new QLabel) {
  setObjectName("methodDialog");
  setWindowTitle(tr("int8 by a method, with its settings"));
  method_->setObjectName("method");
  for (const auto& variant : method_variants()) {
    const auto method = static_cast<int>(variant.method);
    if (method_->findData(method) < 0) method_->addItem(QString::fromUtf8(to_string(variant.method)), method);
  }
  settings_->setObjectName("methodSettings");
  settings_->setPlaceholderText(tr("none; such as group=32"));
  fault_->setObjectName("methodFault");
  fault_->setWordWrap(true);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
  start_ = buttons->addButton(tr("Take it"), QDialogButtonBox::AcceptRole);
  start_->setObjectName("takeMethod");
  auto* form = new QFormLayout(this);
  form->setVerticalSpacing(2 * kSpacing);
  form->addRow(tr("&Method"), method_);
  form->addRow(tr("&Settings"), settings_);
  form->addRow(fault_);
  form->addRow(buttons);
  tab_as_seen(*buttons);
  connect(method_, &QComboBox::currentIndexChanged, this, &MethodDialog::showFault);
  connect(settings_, &QLineEdit::textChanged, this, &MethodDialog::showFault);
  connect(buttons, &QDialogButtonBox::accepted, this, &MethodDialog::accept);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  resize(60 * fontMetrics().averageCharWidth(), sizeHint().height());
}

Choice MethodDialog::asked() const {
  static const QRegularExpression kGap("[\\s,]+");
  std::vector<std::string> settings;
  for (const auto& setting : settings_->text().split(kGap, Qt::SkipEmptyParts))
    settings.push_back(setting.toStdString());
  const auto method = static_cast<Method>(method_->currentData().toInt());
  return {.method = method, .options = options_of_settings(settings, method)};
}

void MethodDialog::showFault() {
  QString fault;
  try {
    (void)asked();
  } catch (const Error& error) {
    fault = QString::fromUtf8(error.what()) + "; " + QString::fromStdString(error.hint());
  }
  announce(*fault_, fault);
  start_->setEnabled(fault.isEmpty());
}

void MethodDialog::accept() {
  Q_EMIT chosen(asked());
  QDialog::accept();
}

}  // namespace octet::ui
