#include "ui/model_tree/layer_place.h"

#include <QCoreApplication>
#include <QRegularExpression>
#include <array>
#include <vector>

namespace octet::ui {
namespace {

#define SAY(text) QT_TRANSLATE_NOOP("octet::ui::LayerPlace", text)

struct Place {
  QRegularExpression where;
  const char* words;  ///< %1, %2 … are what `where` captured
};

Place place(const char* where, const char* words) {
  return {QRegularExpression(QRegularExpression::anchoredPattern(QLatin1String(where))), words};
}

/// After upstream's modules (docs/architecture.md); the first that matches counts.
const std::vector<Place>& places() {
  static const std::vector<Place> table{
      place("tokenizer", SAY("recorded speech to tokens")),
      place("tokenizer\\.encoder\\.blocks\\.(\\d+)", SAY("transformer block %1 of the tokenizer")),
      place("tokenizer\\.encoder\\.blocks\\.(\\d+)\\.attn\\.fsmn_block",
            SAY("memory of self-attention, tokenizer block %1")),
      place("tokenizer\\.encoder\\.blocks\\.(\\d+)\\.attn.*", SAY("self-attention, tokenizer block %1")),
      place("tokenizer\\.encoder\\.blocks\\.(\\d+)\\.mlp.*", SAY("feed-forward, tokenizer block %1")),
      place("tokenizer\\.encoder\\.conv(\\d+)", SAY("convolution %1 over the mel spectrogram")),
      place("tokenizer\\.quantizer.*", SAY("from features to the number of a token")),

      place("speaker_encoder", SAY("a voice from a recording")),
      place("speaker_encoder\\.head.*",
            SAY("convolutions over the spectrogram, first part of the speaker encoder")),
      place("speaker_encoder\\.xvector\\.block(\\d+)\\.tdnnd(\\d+).*",
            SAY("time-delay layer %2, dense block %1")),
      place("speaker_encoder\\.xvector\\.transit(\\d+).*", SAY("transition after dense block %1")),
      place("speaker_encoder\\.xvector\\.tdnn.*", SAY("the first time-delay layer")),
      place("speaker_encoder\\.xvector\\.dense.*", SAY("the last layer: it makes the voice's embedding")),

      place("flow", SAY("tokens to a mel spectrogram")),
      place("flow\\.decoder\\.estimator",
            SAY("the network of the flow: run once or twice in each Euler step")),
      place("flow\\.decoder\\.estimator\\.(down|mid|up)_blocks\\.(\\d+)", SAY("%1 stage %2")),
      place("flow\\.decoder\\.estimator\\.(down|mid|up)_blocks\\.(\\d+)\\.1\\.(\\d+)\\.attn1\\.to_(q|k|v|out)"
            ".*",
            SAY("%4 of self-attention, transformer block %3, %1 stage %2")),
      place("flow\\.decoder\\.estimator\\.(down|mid|up)_blocks\\.(\\d+)\\.1\\.(\\d+)\\.attn1",
            SAY("self-attention of transformer block %3, %1 stage %2")),
      place("flow\\.decoder\\.estimator\\.(down|mid|up)_blocks\\.(\\d+)\\.1\\.(\\d+)\\.ff.*",
            SAY("feed-forward of transformer block %3, %1 stage %2")),
      place("flow\\.decoder\\.estimator\\.(down|mid|up)_blocks\\.(\\d+)\\.1\\.(\\d+).*",
            SAY("transformer block %3, %1 stage %2")),
      place("flow\\.decoder\\.estimator\\.(down|mid|up)_blocks\\.(\\d+)\\.1",
            SAY("transformer blocks of %1 stage %2")),
      place("flow\\.decoder\\.estimator\\.(down|mid|up)_blocks\\.(\\d+)\\.0\\.mlp.*",
            SAY("where the time enters the residual block, %1 stage %2")),
      place("flow\\.decoder\\.estimator\\.(down|mid|up)_blocks\\.(\\d+)\\.0.*",
            SAY("residual block of %1 stage %2")),
      place("flow\\.decoder\\.estimator\\.(down|mid|up)_blocks\\.(\\d+)\\.2",
            SAY("convolution that ends %1 stage %2")),
      place("flow\\.decoder\\.estimator\\.time_.*", SAY("the embedding of the time that the flow is at")),
      place("flow\\.decoder\\.estimator\\.final_.*", SAY("output of the estimator")),
      place("flow\\.encoder", SAY("tokens to frames")),
      place("flow\\.encoder\\.pre_lookahead_layer.*", SAY("a look at the tokens to come")),
      place("flow\\.encoder\\.(embed|up_embed).*", SAY("input of the encoder's blocks")),
      place("flow\\.encoder\\.up_layer.*", SAY("two frames from each token")),
      place("flow\\.encoder\\.encoders\\.(\\d+)\\.self_attn.*", SAY("self-attention, block %1 over tokens")),
      place("flow\\.encoder\\.encoders\\.(\\d+)\\.feed_forward.*", SAY("feed-forward, block %1 over tokens")),
      place("flow\\.encoder\\.encoders\\.(\\d+).*", SAY("block %1 over tokens")),
      place("flow\\.encoder\\.up_encoders\\.(\\d+)\\.self_attn.*",
            SAY("self-attention, block %1 over frames")),
      place("flow\\.encoder\\.up_encoders\\.(\\d+)\\.feed_forward.*",
            SAY("feed-forward, block %1 over frames")),
      place("flow\\.encoder\\.up_encoders\\.(\\d+).*", SAY("block %1 over frames")),
      place("flow\\.encoder_proj", SAY("from the encoder to the mel spectrogram's bands")),
      place("flow\\.input_embedding", SAY("a vector for each token")),
      place("flow\\.spk_embed_affine_layer",
            SAY("from the voice's embedding to the mel spectrogram's bands")),

      place("mel2wav", SAY("a mel spectrogram to sound: the vocoder")),
      place("mel2wav\\.f0_predictor.*", SAY("the pitch from the mel spectrogram")),
      place("mel2wav\\.m_source.*", SAY("the source: sines at the pitch, and noise")),
      place("mel2wav\\.conv_pre", SAY("first convolution of the vocoder")),
      place("mel2wav\\.conv_post", SAY("last convolution: magnitudes and phases")),
      place("mel2wav\\.ups\\.(\\d+)", SAY("upsampling %1 of the vocoder")),
      place("mel2wav\\.source_downs\\.(\\d+)", SAY("the source, brought to the rate of stage %1")),
      place("mel2wav\\.source_resblocks\\.(\\d+)\\.convs(\\d)\\.(\\d+)",
            SAY("convolution %2.%3 of the source's residual block %1")),
      place("mel2wav\\.source_resblocks\\.(\\d+).*", SAY("the source's residual block %1")),
      place("mel2wav\\.resblocks\\.(\\d+)\\.convs(\\d)\\.(\\d+)",
            SAY("convolution %2.%3 of residual block %1")),
      place("mel2wav\\.resblocks\\.(\\d+).*", SAY("residual block %1 of the vocoder")),
  };
  return table;
}

/// What short names of upstream's mean.
QString meaning(const QString& captured) {
  static const std::array<std::pair<QLatin1String, const char*>, 7> names{
      {{QLatin1String("down"), SAY("first")},
       {QLatin1String("mid"), SAY("middle")},
       {QLatin1String("up"), SAY("last")},
       {QLatin1String("q"), SAY("query")},
       {QLatin1String("k"), SAY("key")},
       {QLatin1String("v"), SAY("value")},
       {QLatin1String("out"), SAY("output")}}};
  for (const auto& [name, words] : names)
    if (captured == name) return QCoreApplication::translate("octet::ui::LayerPlace", words);
  return captured;
}

#undef SAY

}  // namespace

QString place_in_words(const std::string& path) {
  const auto name = QString::fromStdString(path);
  for (const auto& [where, words] : places()) {
    const auto match = where.match(name);
    if (!match.hasMatch()) continue;
    auto said = QCoreApplication::translate("octet::ui::LayerPlace", words);
    for (int i = 1; i <= match.lastCapturedIndex(); ++i)
      said.replace(QStringLiteral("%%1").arg(i), meaning(match.captured(i)));
    return said;
  }
  return {};
}

QString breadcrumb(const std::string& path) {
  return QString::fromStdString(path).replace(QLatin1Char('.'), QStringLiteral(" › "));
}

}  // namespace octet::ui
