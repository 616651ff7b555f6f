#include "ui/document/transcript.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QStringList>
#include <algorithm>
#include <vector>

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

/// Nothing, too, where it is broken: who judges by it is told.
std::vector<SetClip> set_of(const std::filesystem::path& folder) {
  try {
    return is_reference_set(folder) ? read_set(folder).clips : std::vector<SetClip>();
  } catch (const Error&) {
    return {};
  }
}

Told by_set(const std::vector<SetClip>& set, const std::filesystem::path& recording) {
  const auto found = std::ranges::find(set, recording.filename().string(), &SetClip::file);
  if (found == set.end()) return {};
  QStringList tags{QString::fromStdString(found->language)};
  for (const auto& tag : found->tags) tags << QString::fromStdString(tag);
  return {QString::fromStdString(found->text), tags, found->seconds};
}

Told by_list(const QJsonObject& all, const std::filesystem::path& recording) {
  const auto stem = QString::fromStdString(recording.stem().string());
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

/// Of a folder.
struct Transcripts::Lists {
  std::vector<SetClip> set;
  QJsonObject list;
};

Transcript Transcripts::of(const std::filesystem::path& recording) {
  const auto folder = recording.parent_path();
  auto& lists = folders_[folder];
  if (!lists)
    lists = std::make_shared<const Lists>(
        Lists{set_of(folder), QJsonDocument::fromJson(content_of(folder / "clips.json")).object()});
  const auto set = by_set(lists->set, recording), list = by_list(lists->list, recording);
  auto tags = list.tags + set.tags;
  tags.removeAll(QString());
  tags.removeDuplicates();
  auto text = list.text.isEmpty() ? set.text : list.text;
  if (text.isEmpty()) text = text_beside(recording);
  return {text.simplified(), tags.join(QStringLiteral(", ")), set.seconds};
}

}  // namespace octet::ui
