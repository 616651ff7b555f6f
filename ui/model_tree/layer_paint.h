#pragma once

class QModelIndex;
class QPainter;
class QStyleOptionViewItem;

namespace octet::ui {

/// What cells of the layer tree show that is no text (LayerColumn::paint).

/// A precision by text and by shape, as a bar whose parts are as high as the types are wide and as long as
/// their share of the weights; and whether it can be opened.
void paint_precision(QPainter& painter, const QStyleOptionViewItem& cell, const QModelIndex& index);
/// How much a row costs (LayerSums::heat), in the colour of its number.
void paint_heat(QPainter& painter, const QStyleOptionViewItem& cell, const QModelIndex& index);
/// A mark before what differs from the reference plan.
void paint_difference(QPainter& painter, const QStyleOptionViewItem& cell, const QModelIndex& index);

}  // namespace octet::ui
