#pragma once

#include <QDir>

#include "core/resources.h"
#include "ui/session/session.h"

namespace octet::test {

/// The checkpoint of the demo voice.
inline std::filesystem::path demo_path() { return demo_voice_folder() / "s3gen_demo.safetensors"; }

/// A session of the demo as a person might leave it: other plans than it opens with, and another seed.
inline ui::Session session_of_the_demo() {
  ui::Session session;
  session.checkpoint = demo_path();
  session.plans = {{"A", preset("seed", Precision::bf16, false), {}},
                   {"B", preset("vocoder-only", Precision::bf16, false), {}}};
  session.seed = 77;
  return session;
}

/// Leaves in `folder`, which is made, what a crash leaves of this session. The path of the copy.
inline QString leave(const QString& folder, const ui::Session& session) {
  QDir().mkpath(folder);
  const auto copy = QDir(folder).filePath("left.octet");
  ui::write_session(session, copy.toStdString());
  return copy;
}

}  // namespace octet::test
