#pragma once

#include "ui/plotting.h"

#include "core/dsp/frequency_scale.h"

namespace octet::ui {

/// "440 Hz", "3.1 kHz".
QString frequency_text(double hz);

/// Round frequencies along an axis whose coordinates are position_of(scale, hz), as many as have room.
class FrequencyTicker : public QCPAxisTicker {
 public:
  void setScale(FrequencyScale scale) { scale_ = scale; }
  /// The length of the axis, in device-independent pixels.
  void setLength(int pixels) { length_ = pixels; }
  /// What a label takes of it.
  void setLabelHeight(int pixels) { label_height_ = pixels; }

  void generate(const QCPRange& range, const QLocale& locale, QChar formatChar, int precision,
                QVector<double>& ticks, QVector<double>* subTicks, QVector<QString>* tickLabels) override;

 private:
  FrequencyScale scale_ = FrequencyScale::mel;
  int length_ = 100;
  int label_height_ = 16;
};

}  // namespace octet::ui
