#pragma once

#include <QString>

namespace octet {
class Checkpoint;
}

namespace octet::ui {

/// A path as people read it: what is in their home begins with "~".
QString shown_path(const QString& path);

/// Of the person's documents; where there is none, their home.
QString documents_folder();

/// Where what is made of a checkpoint is proposed to be kept, as people read it: among their documents, by
/// the checkpoint's name with this ending (".calibration").
QString proposed_place(const Checkpoint& checkpoint, const QString& ending);

/// The path that is shown or typed so.
QString full_path(const QString& shown);

}  // namespace octet::ui
