#pragma once

#include <sys/prctl.h>

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>
#include <csignal>

#include "tests/checkpoint/tensor_files.h"

namespace octet::test {

inline const QString kDemoVoice = QStringLiteral(OCTET_SOURCE_DIR "/resources/demo_voice/");
inline const QString kDemoCheckpoint = kDemoVoice + "s3gen_demo.safetensors";

/// What a run of a program left.
struct Outcome {
  int code = -1;  ///< -1: ended by a signal
  QByteArray out;
  QByteArray err;

  QJsonObject json() const { return QJsonDocument::fromJson(out).object(); }
};

/// An environment without GPUs and without what happens to be in the user's cache of checkpoints.
inline QProcessEnvironment plain_environment() {
  auto environment = QProcessEnvironment::systemEnvironment();
  environment.insert("CUDA_VISIBLE_DEVICES", "");
  environment.insert("HF_HUB_CACHE", "/nowhere");
  return environment;
}

inline Outcome run_program(const QString& program, const QStringList& arguments,
                           const QProcessEnvironment& environment = plain_environment()) {
  QProcess process;
  process.setProcessEnvironment(environment);
  // A program that never ends goes when ctest ends its test.
  process.setChildProcessModifier([] { ::prctl(PR_SET_PDEATHSIG, SIGKILL); });
  process.start(program, arguments);
  if (!process.waitForFinished(-1)) return {-1, {}, process.errorString().toUtf8()};
  const bool exited = process.exitStatus() == QProcess::NormalExit;
  return {exited ? process.exitCode() : -1, process.readAllStandardOutput(), process.readAllStandardError()};
}

inline Outcome run_octet(const QStringList& arguments) { return run_program(OCTET_BINARY, arguments); }

inline QString here(const QTemporaryDir& folder, const char* name) { return folder.filePath(name); }

inline std::filesystem::path path_of(const QString& name) { return name.toStdString(); }

inline QByteArray content(const QString& path) {
  QFile file(path);
  return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

inline Loose ids(const std::vector<std::int64_t>& values) {
  return {Dtype::i64,
          {1, static_cast<std::int64_t>(values.size())},
          {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(std::int64_t)}};
}

/// Speech tokens that all lie in the vocabulary.
inline std::vector<std::int64_t> some_ids(std::int64_t count) {
  std::vector<std::int64_t> values;
  for (std::int64_t i = 0; i < count; ++i) values.push_back((i * 977 + 13) % 6561);
  return values;
}

/// The first second of a demo voice.
inline LooseTensors short_voice() {
  auto voice = load(path_of(kDemoVoice + "conds/voice_f_nora.safetensors"));
  constexpr std::int64_t kTokens = 25, kFrames = 2 * kTokens, kBands = 80;
  auto& tokens = voice.at("prompt_token");
  tokens.shape = {1, kTokens};
  tokens.bytes.resize(kTokens * size_of(tokens.dtype));
  auto& mel = voice.at("prompt_feat");
  mel.shape = {1, kFrames, kBands};
  mel.bytes.resize(kFrames * kBands * size_of(mel.dtype));
  return voice;
}

/// `seconds` of 16-bit sound, one frequency a channel, as a WAV file.
inline void write_tones(const QString& path, int rate, int channels, double seconds) {
  const auto frames = static_cast<std::uint32_t>(rate * seconds);
  const auto bytes = frames * static_cast<std::uint32_t>(channels) * 2;
  QByteArray file;
  const auto put = [&](auto value) { file.append(reinterpret_cast<const char*>(&value), sizeof value); };
  file.append("RIFF");
  put(36 + bytes);
  file.append("WAVEfmt ");
  put(std::uint32_t{16});
  put(std::uint16_t{1});
  put(static_cast<std::uint16_t>(channels));
  put(static_cast<std::uint32_t>(rate));
  put(static_cast<std::uint32_t>(rate * channels * 2));
  put(static_cast<std::uint16_t>(channels * 2));
  put(std::uint16_t{16});
  file.append("data");
  put(bytes);
  for (std::uint32_t i = 0; i < frames; ++i)
    for (int channel = 0; channel < channels; ++channel)
      put(static_cast<std::int16_t>(8000 * std::sin(6.2831853 * 220 * (channel + 1) * i / rate)));
  write_bytes(path_of(path), file.toStdString());
}

}  // namespace octet::test

/// Asserts the exit code and that stderr holds `text`.
#define COMPARE_RUN(outcome, wanted_code, text)                                                      \
  do {                                                                                               \
    const auto& ran = (outcome);                                                                     \
    QVERIFY2(ran.code == (wanted_code) && ran.err.contains(text),                                    \
             qPrintable(QString("exit code %1: %2").arg(ran.code).arg(QString::fromUtf8(ran.err)))); \
  } while (false)
