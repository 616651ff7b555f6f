#include "ui/session/session.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <set>
#include <system_error>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/plan/lined_json.h"
#include "core/resources.h"
#include "ui/language/tr.h"

namespace octet::ui {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr int kVersion = 1;
constexpr std::string_view kFormat = "octet-session";
constexpr std::string_view kDemo = "demo:";

/// `path` seen from `folder`, when it lies below.
std::optional<fs::path> below(const fs::path& path, const fs::path& folder) {
  auto relative = path.lexically_normal().lexically_relative(folder.lexically_normal());
  if (relative.empty() || *relative.begin() == "..") return {};
  return relative;
}

std::string stored_path(const fs::path& path, const fs::path& session) {
  if (path.empty()) return {};
  const auto absolute = fs::absolute(path);
  if (const auto demo = demo_voice_if_any())
    if (const auto relative = below(absolute, fs::absolute(*demo)))
      return std::string(kDemo) + relative->string();
  if (const auto relative = below(absolute, fs::absolute(session).parent_path())) return relative->string();
  return absolute.lexically_normal().string();
}

fs::path located_path(const std::string& stored, const fs::path& session) {
  if (stored.empty()) return {};
  if (stored.starts_with(kDemo)) {
    const auto demo = demo_voice_if_any();
    const auto rest = stored.substr(kDemo.size());
    return ((demo ? *demo : fs::path("demo")) / rest).lexically_normal();
  }
  return (fs::absolute(session).parent_path() / stored).lexically_normal();
}

/// An object whose keys are taken one by one; what is left is unknown.
class ObjectReader {
 public:
  ObjectReader(const LinedJson& value, const fs::path& file) : value_(value), file_(file) {
    if (value.kind != LinedJson::Kind::object) fail(file, value.line, "an object {…} is expected");
  }

  std::string text(const std::string& key) { return scalar<std::string>(key, {}, &json::is_string, "text"); }
  std::uint64_t count(const std::string& key) {
    return scalar<std::uint64_t>(key, 0, &json::is_number_unsigned, "a whole number from 0 on");
  }
  int small_count(const std::string& key, int most) {
    const auto* member = value_.find(key);
    const auto value = count(key);
    if (value > static_cast<std::uint64_t>(most))
      fail(file_, member->line, "\"" + key + "\" must not be above " + std::to_string(most));
    return static_cast<int>(value);
  }
  QByteArray bytes(const std::string& key) {
    return QByteArray::fromBase64(QByteArray::fromStdString(text(key)));
  }
  fs::path path(const std::string& key) { return located_path(text(key), file_); }

  /// Nothing where the key is missing.
  const LinedJson* object(const std::string& key) {
    return part(key, LinedJson::Kind::object, "an object {…}");
  }
  std::vector<LinedJson> array(const std::string& key) {
    const auto* found = part(key, LinedJson::Kind::array, "a list […]");
    return found ? found->elements : std::vector<LinedJson>();
  }

  UnknownKeys rest() const {
    auto unknown = json::object();
    for (const auto& member : value_.members)
      if (!known_.contains(member.key)) unknown[member.key] = member.value.plain();
    return unknown;
  }

  [[noreturn]] static void fail(const fs::path& file, int line, const std::string& what) {
    throw Error(ErrorKind::input, file.string() + ": line " + std::to_string(line) + ": " + what,
                "choose another session, or mend this line in a text editor");
  }

 private:
  const LinedJson* part(const std::string& key, LinedJson::Kind kind, const std::string& expected) {
    known_.insert(key);
    const auto* member = value_.find(key);
    if (!member) return nullptr;
    if (member->value.kind != kind) fail(file_, member->line, "\"" + key + "\" must be " + expected);
    return &member->value;
  }

  template <typename T>
  T scalar(const std::string& key, T fallback, bool (json::*is)() const noexcept,
           const std::string& expected) {
    const auto* value = part(key, LinedJson::Kind::scalar, expected);
    if (!value) return fallback;
    if (!(value->scalar.*is)()) fail(file_, value->line, "\"" + key + "\" must be " + expected);
    return value->scalar.get<T>();
  }

  const LinedJson& value_;
  const fs::path& file_;
  std::set<std::string> known_;
};

SessionPlan read_plan(const LinedJson& value, const fs::path& file) {
  ObjectReader reader(value, file);
  SessionPlan plan{reader.text("slot"), {}, {}};
  const auto* text = reader.object("plan");
  if (!text) ObjectReader::fail(file, value.line, "\"plan\" is missing");
  // Empty lines before it, so that what is wrong in it is told with its line in this file.
  plan.plan = parse_plan(std::string(static_cast<std::size_t>(text->line - 1), '\n') + text->plain().dump(),
                         file.string());
  plan.other = reader.rest();
  return plan;
}

SessionFile read_file(const LinedJson& value, const fs::path& file) {
  ObjectReader reader(value, file);
  SessionFile read{reader.text("name"), reader.path("path"), {}};
  read.other = reader.rest();
  return read;
}

SessionRun read_run(const LinedJson& value, const fs::path& file) {
  constexpr int kMostSteps = 50;
  ObjectReader reader(value, file);
  SessionRun run;
  run.slot = reader.text("slot");
  run.clip = reader.text("clip");
  run.voice = reader.text("voice");
  run.steps = reader.small_count("steps", kMostSteps);
  run.seed = reader.count("seed");
  run.other = reader.rest();
  return run;
}

bool is_blind_test(const json& test) {
  return test.is_object() && test.value("format", json()) == "octet-blind-test";
}

json read_listening_test(const LinedJson& value, const fs::path& file) {
  auto test = value.plain();
  try {
    if (is_blind_test(test)) parse_blind_test(test.dump());
  } catch (const Error& error) {
    ObjectReader::fail(file, value.line, error.what());
  }
  return test;
}

template <typename Read>
auto read_all(const std::vector<LinedJson>& values, const fs::path& file, Read read) {
  std::vector<decltype(read(values.front(), file))> all;
  all.reserve(values.size());
  for (const auto& value : values) all.push_back(read(value, file));
  return all;
}

std::string read_text(const fs::path& path) {
  const auto fail = [&](int code) {
    throw Error(ErrorKind::input,
                "cannot read " + path.string() + ": " + std::generic_category().message(code));
  };
  std::error_code unknown;
  if (fs::is_directory(path, unknown)) fail(EISDIR);  // reading one throws deep inside the stream
  std::ifstream file(path, std::ios::binary);
  if (!file.is_open()) fail(errno);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (file.bad()) fail(EIO);
  return text;
}

json with(const UnknownKeys& other, json known) {
  if (other.is_object()) known.update(other);
  return known;
}

json file_json(const SessionFile& file, const fs::path& session) {
  return with(file.other, {{"name", file.name}, {"path", stored_path(file.path, session)}});
}

json run_json(const SessionRun& run) {
  return with(run.other, {{"slot", run.slot},
                          {"clip", run.clip},
                          {"voice", run.voice},
                          {"steps", run.steps},
                          {"seed", run.seed}});
}

template <typename Values, typename Make>
json list(const Values& values, Make make) {
  auto all = json::array();
  for (const auto& value : values) all.push_back(make(value));
  return all;
}

std::string base64(const QByteArray& bytes) { return bytes.toBase64().toStdString(); }

}  // namespace

Session read_session(const fs::path& path) {
  constexpr int kMostSteps = 50;
  constexpr int kMostThreads = 4096;
  const LinedJson root = parse_lined_json(read_text(path), path.string());
  ObjectReader reader(root, path);
  if (reader.text("format") != kFormat)
    ObjectReader::fail(path, root.line, "not an Octet session: \"format\" is not \"octet-session\"");
  if (const auto version = reader.count("version"); version != kVersion)
    throw Error(ErrorKind::input,
                path.string() + ": a session of version " + std::to_string(version) +
                    ", this program reads version " + std::to_string(kVersion),
                "open it with the version of Octet that wrote it");

  Session session;
  if (const auto* checkpoint = reader.object("checkpoint")) {
    ObjectReader part(*checkpoint, path);
    session.checkpoint = part.path("path");
    session.checkpoint_sha256 = part.text("sha256");
  }
  session.calibration = reader.path("calibration");
  session.plans = read_all(reader.array("plans"), path, read_plan);
  session.clips = read_all(reader.array("clips"), path, read_file);
  session.voices = read_all(reader.array("voices"), path, read_file);
  session.runs = read_all(reader.array("runs"), path, read_run);
  session.current_slot = reader.text("slot");
  session.current_clip = reader.text("clip");
  session.current_voice = reader.text("voice");
  session.steps = reader.small_count("steps", kMostSteps);
  session.seed = reader.count("seed");
  if (const auto device = reader.text("device"); !device.empty()) session.device = device;
  session.threads = reader.small_count("threads", kMostThreads);
  if (const auto* layout = reader.object("layout")) {
    ObjectReader part(*layout, path);
    session.geometry = part.bytes("geometry");
    session.state = part.bytes("state");
  }
  session.listening_tests = read_all(reader.array("listening_tests"), path, read_listening_test);
  session.other = reader.rest();
  return session;
}

std::string format_session(const Session& session, const fs::path& path) {
  const auto file = [&](const SessionFile& named) { return file_json(named, path); };
  // In this order, one entry of a list a line, so that differences read well.
  std::vector<std::pair<std::string, json>> members{
      {"format", kFormat},
      {"version", kVersion},
      {"checkpoint",
       {{"path", stored_path(session.checkpoint, path)}, {"sha256", session.checkpoint_sha256}}},
      {"plans",
       list(session.plans,
            [](const SessionPlan& plan) {
              return with(plan.other, {{"slot", plan.slot}, {"plan", json::parse(compact_plan(plan.plan))}});
            })},
      {"clips", list(session.clips, file)},
      {"voices", list(session.voices, file)},
      {"runs", list(session.runs, run_json)},
      {"slot", session.current_slot},
      {"clip", session.current_clip},
      {"voice", session.current_voice},
      {"steps", session.steps},
      {"seed", session.seed},
      {"device", session.device},
      {"threads", session.threads},
      {"layout", {{"geometry", base64(session.geometry)}, {"state", base64(session.state)}}},
      {"listening_tests", session.listening_tests}};
  if (!session.calibration.empty())
    members.emplace_back("calibration", stored_path(session.calibration, path));
  for (const auto& [key, value] : session.other.items()) members.emplace_back(key, value);

  std::string text;
  try {
    for (const auto& [key, value] : members) {
      text += (text.empty() ? "{" : ",\n ") + json(key).dump() + ": ";
      if (!value.is_array()) {
        text += value.dump();
        continue;
      }
      text += '[';
      for (std::size_t i = 0; i < value.size(); ++i) text += (i == 0 ? "\n  " : ",\n  ") + value[i].dump();
      text += ']';
    }
  } catch (const json::exception&) {
    throw Error(ErrorKind::output, "cannot write " + path.string() + ": a name in it is not valid UTF-8",
                "rename the file it stands for");
  }
  return text + "}\n";
}

void write_session(const Session& session, const fs::path& path) {
  const auto text = format_session(session, path);
  write_file_atomically(path, [&](const ByteSink& sink) { sink(std::as_bytes(std::span(text))); });
}

std::vector<BlindTest> blind_tests_of(const Session& session) {
  std::vector<BlindTest> tests;
  for (const auto& test : session.listening_tests)
    if (is_blind_test(test)) tests.push_back(parse_blind_test(test.dump()));
  return tests;
}

Session work_of(Session session) {
  session.checkpoint_sha256.clear();
  session.current_slot.clear();
  session.current_clip.clear();
  session.runs.clear();
  session.device.clear();
  session.threads = 0;
  session.geometry.clear();
  session.state.clear();
  return session;
}

std::vector<fs::path> files_of(const Session& session) {
  std::vector<fs::path> files{session.checkpoint, session.calibration};
  for (const auto* named : {&session.clips, &session.voices})
    for (const auto& file : *named) files.push_back(file.path);
  return files;
}

std::vector<fs::path> missing_files(const Session& session) {
  std::vector<fs::path> missing;
  for (const auto& path : files_of(session)) {
    std::error_code unreadable;
    if (path.empty() || fs::exists(path, unreadable)) continue;
    if (std::find(missing.begin(), missing.end(), path) == missing.end()) missing.push_back(path);
  }
  return missing;
}

std::string changed_checkpoint(const Session& session, std::string_view sha256) {
  if (session.checkpoint_sha256.empty() || session.checkpoint_sha256 == sha256) return {};
  const auto begin_of = [](std::string_view hash) {
    return QString::fromStdString(std::string(hash.substr(0, 12)));
  };
  return tr("%1 is not the checkpoint this session was made with: its SHA-256 begins with %2, the session's "
            "with "
            "%3. Runs may sound different.")
      .arg(QString::fromStdString(session.checkpoint.string()), begin_of(sha256),
           begin_of(session.checkpoint_sha256))
      .toStdString();
}

}  // namespace octet::ui
