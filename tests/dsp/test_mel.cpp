#include <QtTest>

#include "core/dsp/kaldi_fbank.h"
#include "core/dsp/log_mel.h"
#include "core/dsp/mel_filterbank.h"
#include "core/error.h"
#include "tests/dsp/test_signal.h"

using namespace octet;

namespace {

/// The dense filters [bands, bins] of a golden that lists (band, bin, weight).
at::Tensor golden_filters(const std::string& name, std::int64_t bands, std::int64_t bins) {
  const at::Tensor triples = golden(name).view({-1, 3});
  at::Tensor filters = at::zeros({bands, bins});
  filters.index_put_({triples.select(1, 0).to(at::kLong), triples.select(1, 1).to(at::kLong)},
                     triples.select(1, 2));
  return filters;
}

/// Largest distance in units in the last place; weights are positive, so their bits are ordered.
std::int64_t largest_ulps(const at::Tensor& a, const at::Tensor& b) {
  return (a.contiguous().view(at::kInt).to(at::kLong) - b.contiguous().view(at::kInt).to(at::kLong))
      .abs()
      .max()
      .item<std::int64_t>();
}

}  // namespace

class TestMel : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void tokenizer_filters_equal_librosa() {
    const at::Tensor expected = golden_filters("mel_16000_400_128", 128, 201);
    QVERIFY(expected.count_nonzero().item<std::int64_t>() > 300);
    // exp and log may round differently from numpy's: one unit in the last place.
    QVERIFY(largest_ulps(tokenizer_mel_filters(), expected) <= 1);
  }

  void prompt_filters_equal_librosa() {
    const at::Tensor expected = golden_filters("mel_24000_1920_80", 80, 961);
    const at::Tensor actual =
        mel_filterbank({.sample_rate = 24000, .n_fft = 1920, .count = 80, .f_max = 8000.0});
    QVERIFY(expected.count_nonzero().item<std::int64_t>() > 600);
    QVERIFY(largest_ulps(actual, expected) <= 1);
  }

  void kaldi_fbank_equals_torchaudio() {
    const at::Tensor actual = KaldiFbank(80, at::kCPU)(golden_noise(4321));
    QCOMPARE(actual.size(0), 25);  // 1 + (4321 - 400) / 160
    QCOMPARE(actual.size(1), 80);
    // Logarithms around -10 to 5. On another processor the fp32 transform adds in another order and errs by
    // about 1e-7 of the frame's amplitude, which the logarithm of a bin some hundred times weaker shows as
    // 1e-5 to 1e-4.
    const double difference = largest_difference(actual, golden("kaldi_fbank"));
    QVERIFY2(difference <= 2e-4, qPrintable(QString::number(difference)));
  }

  void tokenizer_log_mel_equals_upstream() {
    const at::Tensor actual =
        tokenizer_log_mel(golden_noise(4321), tokenizer_mel_filters(), at::hann_window(400));
    QCOMPARE(actual.size(2), 27);  // floor(4321 / 160)
    const double difference = largest_difference(actual, golden("tokenizer_log_mel"));
    QVERIFY2(difference <= 1e-6, qPrintable(QString::number(difference)));
  }

  void prompt_log_mel_equals_upstream() {
    const at::Tensor actual = prompt_log_mel(golden_noise(6543));
    QCOMPARE(actual.size(2), 13);  // floor(6543 / 480)
    const double difference = largest_difference(actual, golden("prompt_log_mel"));
    QVERIFY2(difference <= 5e-6, qPrintable(QString::number(difference)));
  }

  void sound_too_short_is_refused_not_crashed() {
    QVERIFY_THROWS_EXCEPTION(Error, KaldiFbank(80, at::kCPU)(golden_noise(399)));
    QVERIFY_THROWS_EXCEPTION(Error, prompt_log_mel(golden_noise(720)));
    QVERIFY_THROWS_EXCEPTION(
        Error, tokenizer_log_mel(golden_noise(200), tokenizer_mel_filters(), at::hann_window(400)));
    QCOMPARE(KaldiFbank(80, at::kCPU)(golden_noise(400)).size(0), 1);
    QCOMPARE(prompt_log_mel(golden_noise(721)).size(2), 1);
  }
};

QTEST_GUILESS_MAIN(TestMel)
#include "test_mel.moc"
