#include "ui/workbench/message_bar.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QToolButton>
#include <utility>

#include "ui/theme/theme.h"

namespace octet::ui {

MessageBar::MessageBar(QWidget* parent)
    : QFrame(parent), text_(new QLabel), action_(new QPushButton), close_(new QToolButton) {
  setObjectName("messageBar");
  setBackgroundRole(QPalette::Base);
  setAutoFillBackground(true);
  text_->setObjectName("message");
  text_->setWordWrap(true);
  text_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  action_->setObjectName("messageAction");
  connect(action_, &QPushButton::clicked, this, [this] {
    dismiss();
    if (const auto act = std::exchange(act_, nullptr)) act();
  });
  close_->setText(QStringLiteral("×"));
  close_->setAutoRaise(true);
  close_->setToolTip(tr("Close this message"));
  close_->setAccessibleName(close_->toolTip());
  connect(close_, &QToolButton::clicked, this, &MessageBar::dismiss);
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(3 * kSpacing, 2 * kSpacing, 2 * kSpacing, 2 * kSpacing);
  row->addWidget(text_, 1);
  row->addWidget(action_);
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
  action_->hide();
  update();
  show();
}

void MessageBar::offer(const QString& message, const QString& hint, const QString& action,
                       std::function<void()> act) {
  say(Kind::hint, message, hint);
  act_ = std::move(act);
  action_->setText(action);
  action_->show();
}

void MessageBar::dismiss() {
  message_.clear();
  hide();
}

QString MessageBar::message() const { return message_; }

void MessageBar::paintEvent(QPaintEvent* event) {
  QFrame::paintEvent(event);
  const auto mark = kind_ == Kind::problem ? colours().negative : palette().color(QPalette::Highlight);
  QPainter(this).fillRect(QRect(0, 0, kSpacing, height()), mark);
}

}  // namespace octet::ui
