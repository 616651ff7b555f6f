#pragma once

#include <QFrame>

class QLabel;
class QToolButton;

namespace octet::ui {

/// One message above the work, until it is closed or the next one comes: what happened, and what to try.
class MessageBar : public QFrame {
  Q_OBJECT

 public:
  enum class Kind { hint, problem };

  explicit MessageBar(QWidget* parent = nullptr);

  void say(Kind kind, const QString& message, const QString& hint = {});
  /// The message shown; empty when none is.
  QString message() const;

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  Kind kind_ = Kind::hint;
  QString message_;
  QLabel* text_;
  QToolButton* close_;
};

}  // namespace octet::ui
