#include <QApplication>
#include <QClipboard>
#include <QHeaderView>
#include <QMenu>
#include <QSignalSpy>
#include <QTableWidget>
#include <QToolTip>
#include <QVBoxLayout>
#include <QtTest>

#include "tests/ui/wheel.h"
#include "ui/plots/chart.h"
#include "ui/plots/chart_zoom.h"
#include "ui/plots/readout.h"
#include "ui/theme/theme.h"

using namespace octet::ui;

namespace {

/// "line": 1.5, 2.5, … at 0 to 10, "bars": 4 at 2 and 8.
class Example : public Chart {
 public:
  explicit Example(QWidget* parent = nullptr) : Chart(parent) {
    plot().setObjectName("examplePlot");
    plot().setAccessibleName("Example");
    redraw();
  }
  void drawWith(double most) {
    most_ = most;
    redraw();
  }

 protected:
  void draw() override {
    auto* line = plot().addGraph();
    line->setName("line");
    for (int i = 0; i <= 10; ++i) line->addData(i, i + 1.5);
    auto* bars = new QCPBars(plot().xAxis, plot().yAxis);
    bars->setName("bars");
    bars->addData(2, 4);
    bars->addData(8, 4);
    plot().xAxis->setRange(-1, 11);
    plot().yAxis->setRange(0, most_);
    plot().xAxis->setLabel("clip");
    plot().yAxis->setLabel("dB");
    setCaption("An example.");
    setTable({"Name", "A,\nother noise"},
             {{"01", QLocale().toString(1.5, 'f', 2)}, {"a \"b\", c", "–"}, {"x", "0 (equal)"}}, {});
  }

 private:
  double most_ = 12;
};

/// Six graphs of long names.
class Labelled : public Chart {
 public:
  Labelled() { redraw(); }

 protected:
  void draw() override {
    for (int i = 0; i < 6; ++i) plot().addGraph()->setName(QStringLiteral("every layer in bf16, %1").arg(i));
    showLegend();
  }
};

/// A table of many columns.
class Wide : public Chart {
 public:
  Wide() { redraw(); }

 protected:
  void draw() override {
    QStringList heads{"Cost"}, row{"peak memory, MB"};
    for (int i = 0; i < 12; ++i) {
      heads << QStringLiteral("plan %1, s").arg(i);
      row << "12.345";
    }
    setTable(heads, {row}, {});
  }
};

/// Shown, and drawn in its place.
struct Seen {
  Example chart;
  QCustomPlot& plot = chart.plot();

  Seen() {
    chart.resize(600, 500);
    chart.show();
    plot.replot();
  }
  QPoint at(double x, double y) const {
    return QPointF(plot.xAxis->coordToPixel(x), plot.yAxis->coordToPixel(y)).toPoint();
  }
  void drag(QPoint from, QPoint to) const {
    QTest::mousePress(&plot, Qt::LeftButton, {}, from);
    QTest::mouseMove(&plot, (from + to) / 2);
    QTest::mouseMove(&plot, to);
    QTest::mouseRelease(&plot, Qt::LeftButton, {}, to);
  }
};

/// Takes what is to be written.
class Writer : public QWidget {
 public:
  QString path;
  QByteArray bytes;

 protected:
  bool event(QEvent* event) override {
    if (event->type() != WriteRequest::kind()) return QWidget::event(event);
    path = static_cast<WriteRequest*>(event)->path;
    bytes = static_cast<WriteRequest*>(event)->content();
    event->accept();
    return true;
  }
};

}  // namespace

class TestChart : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { apply_appearance(Appearance::light); }

  void the_wheel_looks_closer_at_what_the_mouse_is_on() {
    Seen seen;
    const auto place = seen.at(5, 6.5);
    octet::test::turn_wheel(seen.plot, place, 2);
    const auto range = seen.plot.xAxis->range();
    QVERIFY2(std::abs(range.size() - 12 / 1.25 / 1.25) < 1e-9, qPrintable(QString::number(range.size())));
    QVERIFY(std::abs(seen.plot.xAxis->pixelToCoord(place.x()) - 5) < 0.05);  // it stays below the mouse
    QVERIFY(seen.plot.yAxis->range().size() < 12);
    octet::test::turn_wheel(seen.plot, place, -9);
    QCOMPARE(seen.plot.xAxis->range(), QCPRange(-1, 11));  // nothing is beyond the whole
    QVERIFY(!seen.chart.zoom().isZoomed());
  }

  void over_an_axis_the_wheel_is_for_that_axis() {
    Seen seen;
    const auto inside = seen.plot.axisRect()->rect();
    octet::test::turn_wheel(seen.plot, {inside.left() - 8, inside.center().y()}, 1);
    QCOMPARE(seen.plot.xAxis->range(), QCPRange(-1, 11));
    QVERIFY(seen.plot.yAxis->range().size() < 12);
  }

  void the_names_of_a_table_are_whole_however_many_columns_it_has() {
    Wide chart;
    chart.resize(400, 400);
    chart.show();
    const auto& head = *chart.table().horizontalHeader();
    const auto& cells = static_cast<const QAbstractItemView&>(chart.table());
    QTRY_VERIFY(head.sectionSize(0) >= cells.sizeHintForColumn(0));
    QVERIFY(head.length() > chart.table().viewport()->width());
    chart.resize(4000, 400);
    QTRY_COMPARE(head.length(), chart.table().viewport()->width());  // the names take the rest
  }

  void a_point_is_always_seen() {
    Seen seen;
    for (int i = 0; i < 60; ++i) octet::test::turn_wheel(seen.plot, seen.at(6.4, 11), 1);
    bool any = false;
    for (const auto& point : *seen.plot.graph(0)->data())
      any |= seen.plot.xAxis->range().contains(point.key) && seen.plot.yAxis->range().contains(point.value);
    for (const int bar : {2, 8})
      any |= seen.plot.xAxis->range().contains(bar) && seen.plot.yAxis->range().lower <= 4;
    QVERIFY(any);
    QVERIFY(seen.plot.xAxis->range().size() > 12e-3 * 0.99);
    seen.chart.zoom().showAll();
    seen.drag(seen.at(0.2, 8), seen.at(0.8, 11));  // where nothing is
    QCOMPARE(seen.plot.xAxis->range(), QCPRange(-1, 11));
  }

  void a_frame_is_looked_at_and_a_double_click_goes_back() {
    Seen seen;
    QSignalSpy clicks(&seen.chart, &Chart::plotClicked);
    seen.drag(seen.at(3, 3), seen.at(7, 9));
    QCOMPARE(clicks.size(), 0);
    const auto across = seen.plot.xAxis->range(), up = seen.plot.yAxis->range();
    QVERIFY(std::abs(across.lower - 3) < 0.1 && std::abs(across.upper - 7) < 0.1);
    QVERIFY(std::abs(up.lower - 3) < 0.1 && std::abs(up.upper - 9) < 0.1);
    QTest::mouseDClick(&seen.plot, Qt::LeftButton, {}, seen.at(5, 6));
    QCOMPARE(seen.plot.xAxis->range(), QCPRange(-1, 11));
    QCOMPARE(seen.plot.yAxis->range(), QCPRange(0, 12));
    seen.drag(seen.at(3, 6), seen.at(7, 6));  // along one axis
    QCOMPARE(seen.plot.yAxis->range(), QCPRange(0, 12));
    QVERIFY(seen.plot.xAxis->range().size() < 5);
    clicks.clear();
    QTest::mouseClick(&seen.plot, Qt::LeftButton, {}, seen.at(5, 6));
    QCOMPARE(clicks.size(), 1);
  }

  void keys_do_the_same_in_plot_and_table() {
    Seen seen;
    for (QWidget* focus :
         {static_cast<QWidget*>(&seen.plot), static_cast<QWidget*>(seen.chart.findChild<QTableWidget*>())}) {
      QTest::keyClick(focus, Qt::Key_Plus);
      QTest::keyClick(focus, Qt::Key_Plus);
      QVERIFY(std::abs(seen.plot.xAxis->range().size() - 12 / 1.25 / 1.25) < 1e-9);
      QTest::keyClick(focus, Qt::Key_Minus);
      QVERIFY(std::abs(seen.plot.xAxis->range().size() - 12 / 1.25) < 1e-9);
      QTest::keyClick(focus, Qt::Key_0);
      QCOMPARE(seen.plot.xAxis->range(), QCPRange(-1, 11));
    }
    QTest::keyClick(&seen.plot, Qt::Key_Plus);
    const auto before = seen.plot.xAxis->range();
    QTest::keyClick(&seen.plot, Qt::Key_Right);
    QVERIFY(seen.plot.xAxis->range().lower > before.lower);
    for (int i = 0; i < 30; ++i) QTest::keyClick(&seen.plot, Qt::Key_Right);
    QVERIFY(std::abs(seen.plot.xAxis->range().upper - 11) < 1e-9);
    QVERIFY(std::abs(seen.plot.xAxis->range().size() - before.size()) < 1e-9);
  }

  void what_is_looked_at_stays_while_the_whole_does() {
    Seen seen;
    seen.drag(seen.at(3, 3), seen.at(7, 9));
    const auto across = seen.plot.xAxis->range();
    seen.chart.drawWith(12);
    QCOMPARE(seen.plot.xAxis->range(), across);
    seen.chart.drawWith(20);
    QCOMPARE(seen.plot.xAxis->range(), QCPRange(-1, 11));
    QCOMPARE(seen.plot.yAxis->range(), QCPRange(0, 20));
  }

  void the_mouse_reads_name_and_values() {
    QLocale::setDefault(QLocale::German);
    Seen seen;
    QCOMPARE(readout(seen.plot, seen.at(4, 5.5)), QString("line\nclip: 4\ndB: 5,5"));
    QCOMPARE(readout(seen.plot, seen.at(8.1, 2)), QString("bars\nclip: 8\ndB: 4"));
    QCOMPARE(readout(seen.plot, seen.at(5, 1)), QString());
    QTest::mouseMove(&seen.plot, seen.at(4, 5.5));
    QTRY_COMPARE(QToolTip::text(), QString("line\nclip: 4\ndB: 5,5"));
    auto names = QSharedPointer<QCPAxisTickerText>::create();
    names->addTick(4, "step\n4");
    seen.plot.xAxis->setTicker(names);
    QCOMPARE(readout(seen.plot, seen.at(4, 5.5)), QString("line\nclip: step 4\ndB: 5,5"));
    QCOMPARE(readout(seen.plot, seen.at(6, 7.5)), QString("line\ndB: 7,5"));  // a place without a name
    QLocale::setDefault(QLocale::English);
  }

  void a_legend_wraps_before_it_makes_a_window_wider() {
    Labelled chart;
    for (const int width : {900, 300}) {
      chart.resize(width, 400);
      chart.show();
      QVERIFY(QTest::qWaitForWindowExposed(&chart));
      chart.plot().replot();
      const auto legend = chart.plot().legend->outerRect();
      QVERIFY2(legend.right() <= width, qPrintable(QString::number(legend.right())));
      QCOMPARE(chart.plot().legend->rowCount() == 6, width == 300);
      QVERIFY(chart.plot().axisRect()->top() >= legend.bottom());
    }
    QVERIFY2(chart.minimumSizeHint().width() < 250,
             qPrintable(QString::number(chart.minimumSizeHint().width())));
  }

  void the_table_is_a_csv_that_programs_read() {
    QLocale::setDefault(QLocale::German);
    Seen seen;
    QCOMPARE(seen.chart.table().item(0, 1)->text(), QString("1,50"));
    seen.chart.copyTable();
    QCOMPARE(QApplication::clipboard()->text(),
             QString("Name,\"A, other noise\"\r\n01,1.5\r\n\"a \"\"b\"\", c\",\r\nx,0 (equal)\r\n"));
    QApplication::clipboard()->clear();
    QTest::keyClick(seen.chart.findChild<QTableWidget*>(), Qt::Key_C, Qt::ControlModifier);
    QVERIFY(QApplication::clipboard()->text().startsWith("Name,"));
    QTest::keyClick(&seen.plot, Qt::Key_C, Qt::ControlModifier);
    QCOMPARE(QApplication::clipboard()->image().size(), 2 * seen.plot.size());
    QLocale::setDefault(QLocale::English);
  }

  void each_form_goes_up_to_who_writes_files() {
    Writer writer;
    auto* between = new QWidget(&writer);
    auto* chart = new Example(between);
    chart->resize(400, 400);
    writer.show();
    for (const auto& [name, begins] :
         {std::pair("p.png", "\x89PNG"), {"p.svg", "<?xml"}, {"p.csv", "Name,"}, {"p.PNG", "\x89PNG"}}) {
      chart->save(name);
      QCOMPARE(writer.path, QString(name));
      QVERIFY2(writer.bytes.startsWith(begins), name);
    }
    chart->save("p.svg");
    QVERIFY(writer.bytes.contains("<title>Example</title>") && writer.bytes.contains("An example."));
    QTest::ignoreMessage(QtWarningMsg, "nothing here writes q.png");
    Seen().chart.save("q.png");
  }

  void the_menu_has_what_there_is() {
    Seen seen;
    const auto texts = [&] {
      QContextMenuEvent event(QContextMenuEvent::Keyboard, {20, 20}, seen.chart.mapToGlobal(QPoint(20, 20)));
      QCoreApplication::sendEvent(seen.chart.findChild<QTableWidget*>(), &event);
      auto* menu = seen.chart.findChild<QMenu*>("chartMenu");
      QStringList found;
      if (!menu) return found;
      for (const auto* action : menu->actions())
        if (action->isEnabled() && !action->isSeparator()) found << action->text().remove('&');
      delete menu;
      return found;
    };
    QStringList all{"Copy the picture", "Copy the table", "Save as PNG…", "Save as SVG…",
                    "Save the table as CSV…"};
    QCOMPARE(texts(), all);
    seen.chart.zoom().zoom(2, seen.at(5, 6.5));
    QCOMPARE(texts(), all << "Show the whole plot");
  }
};

QTEST_MAIN(TestChart)
#include "test_chart.moc"
