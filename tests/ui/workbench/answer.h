#pragma once

#include <QAbstractButton>
#include <QApplication>
#include <QMessageBox>
#include <QTimer>

namespace octet::test {

/// Answers the questions that come while it lives, as a person's hand would, and counts them.
class Answer : public QObject {
 public:
  explicit Answer(QMessageBox::StandardButton button) {
    connect(&hand_, &QTimer::timeout, this, [this, button] {
      auto* question = qobject_cast<QMessageBox*>(QApplication::activeModalWidget());
      auto* answer = question ? question->button(button) : nullptr;
      if (!answer) return;
      ++asked_;
      answer->click();
    });
    hand_.start(1);
  }
  int asked() const { return asked_; }

 private:
  QTimer hand_;
  int asked_ = 0;
};

}  // namespace octet::test
