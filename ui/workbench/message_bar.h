#pragma once

#include <QFrame>
#include <functional>
#include <vector>

class QLabel;
class QPushButton;
class QToolButton;

namespace octet::ui {

/// One message above the work, until it is closed or the next one comes: what happened, and what to try. An
/// offer that nobody took or closed comes back when the messages that came over it are gone.
class MessageBar : public QFrame {
  Q_OBJECT

 public:
  enum class Kind { hint, problem };
  /// What an offer is of: of the document that is open, it goes with that.
  enum class Of { program, document };

  explicit MessageBar(QWidget* parent = nullptr);

  void say(Kind kind, const QString& message, const QString& hint = {});
  /// A hint with a button that closes it and does what it says.
  void offer(Of what, const QString& message, const QString& hint, const QString& action,
             std::function<void()> act);
  /// Takes all offers of the document away.
  void clearDocument();
  /// Takes all away but offers.
  void clear();
  /// The message shown; empty when none is.
  QString message() const;

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  struct Message {
    Kind kind = Kind::hint;
    QString what, hint = {}, action = {};
    std::function<void()> act = {};
    Of of = Of::program;
  };

  void add(Message message);
  void showLast();
  void dismiss();

  std::vector<Message> messages_;  // the last is shown; those below it are offers
  QLabel* text_;
  QPushButton* action_;
  QToolButton* close_;
};

}  // namespace octet::ui
