#include "ui/document/transcript.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QStringList>
#include <algorithm>

#include "core/error.h"
#include "core/sets/reference_set.h"

namespace octet::ui {
namespace {

constexpr qint64 kMostBytes = 1'000'000;  // what says more is no list of sentences

QByteArray content_of(const std::filesystem::path& path) {
  QFile file(QString::fromStdString(path.string()));
  return file.open(QIODevice::ReadOnly) && file.size() <= kMostBytes ? file.readAll() : QByteArray();
}

/// What one file tells.
struct Told {
  QString text;
  QStringList tags;
  double seconds = 0;
};

/// Nothing, too, where the set is broken: who judges by it is told.
Told by_its_set(const std::filesystem::path& recording) {
  try {
    const auto folder = recording.parent_path();
    if (!is_reference_set(folder)) return {};
    const auto set = read_set(folder);
    const auto found = std::ranges::find(set.clips, recording.filename().string(), &SetClip::file);
    if (found == set.clips.end()) return {};
    QStringList tags{QString::fromStdString(found->language)};
    for (const auto& tag : found->tags) tags << QString::fromStdString(tag);
    return {QString::fromStdString(found->text), tags, found->seconds};
  } catch (const Error&) {
    return {};
  }
}

Told by_its_list(const std::filesystem::path& recording) {
  const auto stem = QString::fromStdString(recording.stem().string());
  const auto all = QJsonDocument::fromJson(content_of(recording.parent_path() / "clips.json")).object();
  // The demo's files are called after their entry, with the voice behind: ref00_en_f_nora.
  const auto said = (all.contains(stem) ? all[stem] : all[stem.section('_', 0, 0)]).toObject();
  return {said["text"].toString(), {said["lang"].toString(), said["reading"].toString()}};
}

QString text_beside(const std::filesystem::path& recording) {
  auto beside = recording;
  beside.replace_extension(".txt");
  if (beside == recording) return {};  // it is of tokens itself
  return QString::fromUtf8(content_of(beside));
}

}  // namespace

Transcript transcript_of(const std::filesystem::path& recording) {
  const auto set = by_its_set(recording), list = by_its_list(recording);
  auto tags = list.tags + set.tags;
  tags.removeAll(QString());
  tags.removeDuplicates();
  auto text = list.text.isEmpty() ? set.text : list.text;
  if (text.isEmpty()) text = text_beside(recording);
  return {text.simplified(), tags.join(QStringLiteral(", ")), set.seconds};
}

}  // namespace octet::ui
