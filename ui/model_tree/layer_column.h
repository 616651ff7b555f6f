#pragma once

#include <QString>
#include <QVariant>
#include <cstdint>
#include <limits>
#include <map>
#include <span>

#include "core/plan/plan.h"

namespace octet::ui {

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
  float heat = 0;        ///< 0 to 1: where the largest is between the least and the most of its component
};

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
    asked,      ///< once there is something to show in it, which somebody asked for
    with_room,  ///< where it fits, in the order of the table
  };

  const char* id;  ///< in the settings
  const char* title;
  const char* meaning;
  const char* widest;  ///< the widest text it usually holds; empty: as wide as its rows
  Place place;
  Qt::Alignment alignment;
  QString (*text)(const LayerRow&);
  QVariant (*value)(const LayerRow&);  ///< the number behind the text
  bool secondary = false;              ///< written in the muted colour
  bool chooses = false;                ///< a click offers what a plan can choose
};

/// In the order they stand in, which is that of LayerTreeModel::Column.
std::span<const LayerColumn> layer_columns();

/// "590 k", "41.3 M"
QString count_text(double count);
/// "1.2 kB", "695.1 MB": powers of ten, as file managers and disks count.
QString bytes_text(double bytes);
/// "int8" where all are, "mixed" where they differ; empty where a plan decides nothing.
QString precision_text(const LayerSums& sums);

}  // namespace octet::ui
