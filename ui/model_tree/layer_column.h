#pragma once

#include <QString>
#include <QVariant>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <span>

#include "core/plan/plan.h"
#include "ui/theme/cell_alignment.h"

class QMenu;
class QModelIndex;
class QPainter;
class QStyleOptionViewItem;

namespace octet::ui {

struct LayerChoices;

/// Sums over the layers below a row of the tree, itself included.
struct LayerSums {
  int layers = 0;
  std::int64_t parameters = 0;
  std::uint64_t bytes = 0;                       ///< under the plan
  std::map<Precision, std::int64_t> precisions;  ///< elements of the weights that a plan decides about
  bool differs = false;                          ///< any of them, from the reference plan
  /// Of the int8 ones together, the root of the sum of squares as PlanMaker foretells it; of all where none
  /// of them is int8; NaN where none is known.
  float damage = std::numeric_limits<float>::quiet_NaN();
  bool damaged = false;  ///< whether they are int8, so that it is done
  float heat = 0;        ///< 0 to 1: `damage` by orders of size, from next to none to all layers' together
  std::set<QString> methods;  ///< that the int8 ones are made by (method_text)
};

/// Less is told as "≈ 0 %".
constexpr float kNextToNoDamage = 0.000005F;
/// "0.12 %": of what a layer alone does to the output, as a study measured it.
QString damage_text(float damage);

/// What a column is told of a row.
struct LayerRow {
  QString label;
  const Layer* layer = nullptr;            ///< nullptr: a path
  const Resolution* resolution = nullptr;  ///< of the layer
  const LayerSums& sums;
  float snr;  ///< dB of its int8 weight against the exact one; NaN where there is none
};

/// A column of the layer tree: all that is to be said of it, so that another is another row of the table.
struct LayerColumn {
  enum class Place {
    always,
    wanted,     ///< it holds what somebody asked for: there until a person hides it
    with_room,  ///< where it fits, in the order of the table
    empty,      ///< nothing is known of it: neither shown nor offered
  };
  static Place fits(const LayerSums&) { return Place::with_room; }

  const char* id;  ///< in the settings
  const char* title;
  const char* meaning;
  const char* unit = "";    ///< that the head says, too, where there is room
  const char* widest = "";  ///< the widest text it usually holds; empty: as wide as its rows
  Qt::Alignment alignment = kWords;
  Place (*place)(const LayerSums& all) = fits;  ///< by what the whole tree holds
  QString (*text)(const LayerRow&);
  QVariant (*value)(const LayerRow&) = nullptr;  ///< the number behind the text; nullptr: the text
  QString (*spoken)(const LayerRow&) = nullptr;  ///< to those who cannot see it; nullptr: the text
  bool (*muted)(const LayerRow&) = nullptr;      ///< whether it is written in the muted colour
  bool heads = false;                            ///< paths are written in bold
  /// What is drawn over the text, or in its place.
  void (*paint)(QPainter&, const QStyleOptionViewItem& cell, const QModelIndex&) = nullptr;
  bool paints_text = false;
  /// What a click offers for the chosen layers; nullptr: nothing.
  void (*offer)(QMenu&, const LayerChoices&) = nullptr;
};

/// In the order they stand in. The tree's branches are in the first.
std::span<const LayerColumn> layer_columns();

/// "1024 × 512 × 3"
QString shape_text(const Layer& layer);
/// "590 k", "41.3 M"
QString count_text(double count);
/// "1.2 kB", "695.1 MB": powers of ten, as file managers and disks count.
QString bytes_text(double bytes);
/// "int8" where all are, "mixed" where they differ; empty where a plan decides nothing.
QString precision_text(const LayerSums& sums);

}  // namespace octet::ui
