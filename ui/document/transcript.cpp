#include "ui/document/transcript.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QStringList>

namespace octet::ui {
namespace {

constexpr qint64 kMostBytes = 1'000'000;  // what says more is no list of sentences

QByteArray content_of(const std::filesystem::path& path) {
  QFile file(QString::fromStdString(path.string()));
  return file.open(QIODevice::ReadOnly) && file.size() <= kMostBytes ? file.readAll() : QByteArray();
}

}  // namespace

Transcript transcript_of(const std::filesystem::path& recording) {
  const auto stem = QString::fromStdString(recording.stem().string());
  const auto all = QJsonDocument::fromJson(content_of(recording.parent_path() / "clips.json")).object();
  // The demo's files are called after their entry, with the voice behind: ref00_en_f_nora.
  const auto entry = all.contains(stem) ? all[stem] : all[stem.section('_', 0, 0)];
  if (const auto said = entry.toObject(); !said.isEmpty()) {
    QStringList tags{said["lang"].toString(), said["reading"].toString()};
    tags.removeAll(QString());
    return {said["text"].toString().simplified(), tags.join(QStringLiteral(", "))};
  }
  auto beside = recording;
  beside.replace_extension(".txt");
  if (beside == recording) return {};  // it is of tokens itself
  return {QString::fromUtf8(content_of(beside)).simplified(), {}};
}

}  // namespace octet::ui
