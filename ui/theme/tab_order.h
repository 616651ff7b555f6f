#pragma once

class QDialogButtonBox;

namespace octet::ui {

/// Tab goes through the buttons, which are in their window, as they are seen: in the desktop's order, not
/// that of their making.
void tab_as_seen(const QDialogButtonBox& buttons);

}  // namespace octet::ui
