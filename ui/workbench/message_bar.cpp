#include "ui/workbench/message_bar.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QToolButton>

#include "ui/theme/theme.h"

namespace octet::ui {

MessageBar::MessageBar(QWidget* parent) : QFrame(parent), text_(new QLabel), close_(new QToolButton) {
  setObjectName("messageBar");
  setBackgroundRole(QPalette::Base);
  setAutoFillBackground(true);
  text_->setObjectName("message");
  text_->setWordWrap(true);
  text_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  close_->setText(QStringLiteral("×"));
  close_->setAutoRaise(true);
  close_->setToolTip(tr("Close this message"));
  close_->setAccessibleName(close_->toolTip());
  connect(close_, &QToolButton::clicked, this, [this] {
    message_.clear();
    hide();
  });
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(3 * kSpacing, 2 * kSpacing, 2 * kSpacing, 2 * kSpacing);
  row->addWidget(text_, 1);
  row->addWidget(close_, 0, Qt::AlignTop);
  hide();
}

void MessageBar::say(Kind kind, const QString& message, const QString& hint) {
  kind_ = kind;
  message_ = message;
  auto text = QStringLiteral("<b>%1</b>").arg(message.toHtmlEscaped());
  if (!hint.isEmpty()) text += QStringLiteral("<br>%1").arg(hint.toHtmlEscaped().replace('\n', "<br>"));
  text_->setText(text);
  setAccessibleName(message);
  update();
  show();
}

QString MessageBar::message() const { return message_; }

void MessageBar::paintEvent(QPaintEvent* event) {
  QFrame::paintEvent(event);
  const auto mark = kind_ == Kind::problem ? colours().negative : palette().color(QPalette::Highlight);
  QPainter(this).fillRect(QRect(0, 0, kSpacing, height()), mark);
}

}  // namespace octet::ui
