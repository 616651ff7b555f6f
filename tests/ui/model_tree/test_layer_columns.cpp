// The columns of the layer tree: which are seen, and what they say.

#include <QHeaderView>
#include <QMenu>
#include <QSettings>
#include <QTest>
#include <QTreeView>
#include <cmath>

#include "tests/paper_checkpoint.h"
#include "tests/ui/model_tree/find_path.h"
#include "ui/model_tree/layer_filter.h"
#include "ui/model_tree/layer_tree_model.h"
#include "ui/model_tree/model_tree_panel.h"

using namespace octet;
using namespace octet::ui;
using octet::test::find_path;
using octet::test::full_size;

namespace {

PrecisionPlan plan_named(std::string_view name, Precision base = Precision::bf16) {
  return preset(name, base, false);
}

}  // namespace

class LayerColumnsTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { QCoreApplication::setOrganizationName("octet-test"); }

  void numbers_are_written_as_the_person_writes_them() {
    QLocale::setDefault(QLocale::German);
    const auto bytes = bytes_text(14'900'000), parameters = count_text(1'500);
    QLocale::setDefault(QLocale::c());
    QVERIFY2(bytes.startsWith("14,9"), qPrintable(bytes));
    QVERIFY2(parameters.startsWith("1,5"), qPrintable(parameters));
  }

  // A column that does not fit whole is not there; one that was asked for is, and next time again.
  void columns_are_seen_whole_or_not_at_all() {
    QSettings().clear();
    PlanEditor editor(full_size(), plan_named("seed"));
    {
      ModelTreePanel panel;
      panel.setEditor(&editor);
      panel.show();
      QVERIFY(QTest::qWaitForWindowExposed(&panel));
      const QAbstractItemView& rows = panel.view();
      int most = 0;
      for (int width = 300; width <= 1200; width += 20) {
        panel.resize(width, 600);
        const auto* header = panel.view().header();
        int right = 0, shown = 0;
        for (int column = 0; column < static_cast<int>(layer_columns().size()); ++column) {
          if (header->isSectionHidden(column)) continue;
          ++shown;
          right = std::max(right, header->sectionPosition(column) + header->sectionSize(column));
        }
        QVERIFY2(right <= panel.view().viewport()->width(), qPrintable(QString::number(width)));
        QVERIFY(shown >= most);
        most = shown;
        for (const auto column : {test::column("name"), test::column("precision")})
          QVERIFY(!header->isSectionHidden(column));
        // Others come when the names have what they need.
        if (shown > 2) QVERIFY(header->sectionSize(0) >= rows.sizeHintForColumn(test::column("name")));
      }
      QCOMPARE(most, static_cast<int>(layer_columns().size()) - 1);  // nothing is known of damages
      QVERIFY(panel.view().isColumnHidden(test::column("damage")));
      panel.setDamages(std::vector<float>(full_size()->layers().size(), 0.01F));
      const auto damage = [&](int role = Qt::DisplayRole) {
        return panel.view().model()->headerData(test::column("damage"), Qt::Horizontal, role).toString();
      };
      const auto* header = panel.view().header();
      QCOMPARE(damage(), "Damage, %");
      QVERIFY(header->sectionSize(test::column("damage")) >
              header->fontMetrics().horizontalAdvance(damage()));
      panel.resize(300, 600);
      QVERIFY(!panel.view().isColumnHidden(test::column("damage")));
      QCOMPARE(damage(), "Damage");  // the name and the number go before the unit, which each number has
      QVERIFY(damage(Qt::ToolTipRole).contains("per cent"));
      panel.setDamages({});
      QVERIFY(panel.view().isColumnHidden(test::column("damage")));
      panel.resize(300, 600);
      QVERIFY(panel.view().isColumnHidden(test::column("parameters")));
      std::unique_ptr<QMenu> menu(panel.columnMenu());
      for (auto* action : menu->actions())
        if (action->text() == "Params") action->trigger();
      QVERIFY(!panel.view().isColumnHidden(test::column("parameters")));
    }
    ModelTreePanel again;
    again.resize(300, 600);
    again.setEditor(&editor);
    again.show();
    QVERIFY(QTest::qWaitForWindowExposed(&again));
    QVERIFY(!again.view().isColumnHidden(test::column("parameters")));
    std::unique_ptr<QMenu> menu(again.columnMenu());
    menu->actions().constLast()->trigger();  // as there is room
    QVERIFY(again.view().isColumnHidden(test::column("parameters")));
    QVERIFY(QSettings().allKeys().isEmpty());
  }

  void the_method_is_shown_where_any_layer_has_another_than_the_usual() {
    QSettings().clear();
    PlanEditor editor(full_size(), plan_named("seed"));
    ModelTreePanel panel;
    panel.setEditor(&editor);
    panel.resize(300, 600);
    panel.show();
    QVERIFY(QTest::qWaitForWindowExposed(&panel));
    const auto method = test::column("method");
    const auto text = [&](const char* path) {
      return find_path(panel.filter(), path).siblingAtColumn(method).data().toString();
    };
    constexpr auto kLayer = "flow.encoder.encoders.0.feed_forward.w_1";
    QCOMPARE(text(kLayer), "weight-only");
    QCOMPARE(text("flow"), "weight-only");
    QCOMPARE(text("flow.encoder_proj"), "");  // bf16
    QVERIFY(panel.view().isColumnHidden(method));
    editor.choose({kLayer}, {.method = Method::dynamic, .options = R"({"scales":"token"})"});
    QVERIFY(!panel.view().isColumnHidden(method));
    QCOMPARE(text(kLayer), "dynamic scales=token");
    QCOMPARE(text("flow"), "mixed");
    const auto told = find_path(panel.filter(), "flow").data(Qt::ToolTipRole).toString();
    QVERIFY2(told.contains("int8 by dynamic scales=token and weight-only"), qPrintable(told));
    editor.undoStack()->undo();
    QVERIFY(panel.view().isColumnHidden(method));
  }

  // Of the flow 0.1 %, 1 % and 10 %, of the vocoder one layer.
  void damages_add_up_by_what_is_int8() {
    PlanEditor editor(full_size(), plan_named("seed"));
    LayerTreeModel model;
    model.setEditor(&editor);
    const auto& table = full_size()->layers();
    const std::vector<std::pair<const char*, float>> known{
        {"flow.encoder.encoders.0.feed_forward.w_1", 0.001F},
        {"flow.encoder.encoders.0.feed_forward.w_2", 0.01F},
        {"flow.encoder_proj", 0.1F},
        {"mel2wav.conv_pre", 0.5F}};
    std::vector<float> damages(table.size(), std::nanf(""));
    for (const auto& [layer, damage] : known) damages[test::index_of(table, layer)] = damage;
    constexpr auto kHarmless = "tokenizer.encoder.blocks.0.mlp.0";
    damages[test::index_of(table, kHarmless)] = 1.2e-6F;
    model.setDamages(damages);
    const auto sums = [&](const QModelIndex& row) {
      return row.data(LayerTreeModel::kSumsRole).value<LayerSums>();
    };
    const auto row = [&](const char* layer) {
      return model.indexOfLayer(static_cast<int>(test::index_of(table, layer)));
    };
    QCOMPARE(row(known[0].first).siblingAtColumn(test::column("damage")).data().toString(), "0.1\u202f%");
    // Next to nothing is not worth a column's width; its digits are where the row is told in full.
    QCOMPARE(row(kHarmless).siblingAtColumn(test::column("damage")).data().toString(), "≈ 0\u202f%");
    const auto told = row(kHarmless).data(Qt::ToolTipRole).toString().split('\n');
    QVERIFY2(told.contains("damage if int8: 0.00012\u202f%"), qPrintable(told.join('|')));
    QVERIFY(told.constFirst() == kHarmless);
    const auto path = row(known[0].first).parent();
    const auto both = std::hypot(0.001F, 0.01F);
    QCOMPARE(sums(path).damage, both);
    const auto lines = path.data(Qt::ToolTipRole).toString().split('\n');
    QVERIFY2(lines.contains("damage: 1\u202f%"), qPrintable(lines.join('|')));
    // Of the flow's the largest is not int8, and is not lost; of the vocoder's none is int8.
    const auto flow = row("flow.encoder_proj");
    QVERIFY(!flow.data(LayerTreeModel::kInt8Role).toBool());
    auto top = flow;
    while (top.parent().isValid()) top = top.parent();
    QCOMPARE(sums(top).damage, both);
    QVERIFY(sums(top).damaged);
    const auto vocoder = row("mel2wav.conv_pre").parent();
    QCOMPARE(sums(vocoder).damage, 0.5F);
    QVERIFY(!sums(vocoder).damaged);
    QCOMPARE(row("mel2wav.conv_post").siblingAtColumn(test::column("damage")).data().toString(), "");
    // What is not int8 does none of it.
    for (const auto& [layer, damage] : known) {
      const auto cell = row(layer).siblingAtColumn(test::column("damage"));
      const bool done = row(layer).data(LayerTreeModel::kInt8Role).toBool();
      QCOMPARE(cell.data(Qt::ForegroundRole).isValid(), !done);
    }
    QVERIFY(!row("mel2wav.conv_pre").data(LayerTreeModel::kInt8Role).toBool());
    QVERIFY(row(known[0].first).data(LayerTreeModel::kInt8Role).toBool());
    model.setEditor(&editor);
    QVERIFY(model.headerData(test::column("damage"), Qt::Horizontal, LayerTreeModel::kPlaceRole).toInt() ==
            static_cast<int>(LayerColumn::Place::wanted));
  }

  // Of rows of all components, layers and paths, int8 or not: the longer bar has the greater number.
  void bars_of_damages_are_of_their_numbers_on_one_scale() {
    PlanEditor editor(full_size(), plan_named("seed"));
    LayerTreeModel model;
    model.setEditor(&editor);
    const auto& table = full_size()->layers();
    std::vector<float> damages(table.size(), std::nanf(""));
    const auto set = [&](const char* layer, float damage) {
      damages[test::index_of(table, layer)] = damage;
      return model.indexOfLayer(static_cast<int>(test::index_of(table, layer)));
    };
    const auto least = set("tokenizer.encoder.blocks.0.mlp.0", 1.2e-6F),
               small = set("mel2wav.resblocks.0.convs1.0", 0.003F),
               middling = set("flow.encoder.encoders.0.feed_forward.w_1", 0.006F),
               large = set("mel2wav.resblocks.0.convs1.1", 0.02F), grey = set("mel2wav.conv_pre", 0.1F);
    model.setDamages(damages);
    const auto sums = [](const QModelIndex& row) {
      return row.data(LayerTreeModel::kSumsRole).value<LayerSums>();
    };
    const auto path = large.parent();
    const std::vector<QModelIndex> rising{small, middling, large, path, grey};
    for (std::size_t i = 1; i < rising.size(); ++i) {
      QVERIFY(sums(rising[i]).damage > sums(rising[i - 1]).damage);
      QVERIFY2(sums(rising[i]).heat > sums(rising[i - 1]).heat, qPrintable(QString::number(i)));
    }
    QCOMPARE(sums(least).heat, 0.F);  // as its number says: ≈ 0
    QVERIFY(sums(grey).heat <= 1);
    // By orders of size: ten times is as much longer everywhere. 0.02 from 0.003, and 0.1 from 0.006.
    const auto order = [&](const QModelIndex& from, const QModelIndex& to) {
      return (sums(to).heat - sums(from).heat) / std::log10(sums(to).damage / sums(from).damage);
    };
    QVERIFY(std::abs(order(small, large) - order(middling, grey)) < 1e-5F);
    // An edit elsewhere moves no bar.
    const auto before = sums(grey).heat;
    editor.choose({"mel2wav.resblocks.0.convs1.1"}, {.precision = Precision::bf16});
    QVERIFY(!sums(large).damaged);
    QCOMPARE(sums(grey).heat, before);
  }

  // A row's name is not the value of all its cells.
  void cells_say_their_values_to_those_who_cannot_see() {
    PlanEditor editor(full_size(), plan_named("seed"));
    LayerTreeModel model;
    model.setEditor(&editor);
    const auto row = model.indexOfLayer(0);
    for (const auto column : {test::column("bytes"), test::column("shape"), test::column("parameters")}) {
      const auto cell = row.siblingAtColumn(column);
      QCOMPARE(cell.data(Qt::AccessibleTextRole).toString(), cell.data().toString());
    }
    QVERIFY(row.data(Qt::AccessibleTextRole).toString().startsWith(row.data().toString()));
  }
};

QTEST_MAIN(LayerColumnsTest)
#include "test_layer_columns.moc"
