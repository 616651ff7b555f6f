#pragma once

#include <QFrame>
#include <functional>

class QLabel;
class QPushButton;
class QToolButton;

namespace octet::ui {

/// One message above the work, until it is closed or the next one comes: what happened, and what to try.
class MessageBar : public QFrame {
  Q_OBJECT

 public:
  enum class Kind { hint, problem };

  explicit MessageBar(QWidget* parent = nullptr);

  void say(Kind kind, const QString& message, const QString& hint = {});
  /// A hint with a button that closes it and does what it says.
  void offer(const QString& message, const QString& hint, const QString& action, std::function<void()> act);
  /// The message shown; empty when none is.
  QString message() const;

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  void dismiss();

  Kind kind_ = Kind::hint;
  QString message_;
  std::function<void()> act_;
  QLabel* text_;
  QPushButton* action_;
  QToolButton* close_;
};

}  // namespace octet::ui
