#include "ui/workbench/message_bar.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QToolButton>
#include <utility>

#include "ui/language/accessible_role.h"
#include "ui/language/announce.h"
#include "ui/theme/theme.h"

namespace octet::ui {

MessageBar::MessageBar(QWidget* parent)
    : QFrame(parent), text_(new QLabel), action_(new QPushButton), close_(new QToolButton) {
  setObjectName("messageBar");
  call_notification(*this);
  setBackgroundRole(QPalette::Base);
  setAutoFillBackground(true);
  text_->setObjectName("message");
  text_->setWordWrap(true);
  text_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  action_->setObjectName("messageAction");
  connect(action_, &QPushButton::clicked, this, [this] {
    const auto act = messages_.back().act;
    dismiss();
    act();
  });
  close_->setText(QStringLiteral("×"));
  close_->setObjectName("messageClose");
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
  add({.kind = kind, .what = message, .hint = hint});
}

void MessageBar::offer(Of what, const QString& message, const QString& hint, const QString& action,
                       std::function<void()> act) {
  add({Kind::hint, message, hint, action, std::move(act), what});
}

void MessageBar::clearDocument() {
  if (std::erase_if(messages_, [](const Message& message) { return message.of == Of::document; }) > 0)
    showLast();
}

void MessageBar::add(Message message) {
  std::erase_if(messages_, [&](const Message& other) { return !other.act || other.what == message.what; });
  messages_.push_back(std::move(message));
  showLast();
}

void MessageBar::clear() {
  if (std::erase_if(messages_, [](const Message& message) { return !message.act; }) > 0) showLast();
}

void MessageBar::dismiss() {
  messages_.pop_back();
  showLast();
}

void MessageBar::showLast() {
  setVisible(!messages_.empty());
  if (messages_.empty()) return;
  const auto& [kind, what, hint, action, act, of] = messages_.back();
  auto text = QStringLiteral("<b>%1</b>").arg(what.toHtmlEscaped().replace('\n', "<br>"));
  if (!hint.isEmpty()) text += QStringLiteral("<br>%1").arg(hint.toHtmlEscaped().replace('\n', "<br>"));
  text_->setText(text);
  setAccessibleName(what);
  setAccessibleDescription(hint);
  action_->setText(action);
  action_->setVisible(act != nullptr);
  announce(*this);
  update();
}

QString MessageBar::message() const { return messages_.empty() ? QString() : messages_.back().what; }

void MessageBar::paintEvent(QPaintEvent* event) {
  QFrame::paintEvent(event);
  if (messages_.empty()) return;
  const auto mark =
      messages_.back().kind == Kind::problem ? colours().negative : palette().color(QPalette::Highlight);
  QPainter(this).fillRect(QRect(0, 0, kSpacing, height()), mark);
}

}  // namespace octet::ui
