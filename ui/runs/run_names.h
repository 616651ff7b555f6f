#pragma once

#include <QString>
#include <optional>
#include <string>

namespace octet::ui {

/// "A", "B" …: what people, and files, call a slot.
QString slot_name(int slot);
/// The slot that a file calls so; none where it is no slot's name.
std::optional<int> slot_called(const std::string& name);
/// "B"; "B′" of what that slot sounded like before its last edit, "B′2" two edits ago.
QString run_name(int slot, int edits_ago = 0);

/// "B−A": what `test` has more than `reference`. All differences of the window, seen, heard, read or written,
/// are this way round: positive, red, where the later run is louder.
QString difference_name(const QString& test, const QString& reference);

/// What stands for the clip's recording where runs are called by their letters.
QString recording_letter();

}  // namespace octet::ui
