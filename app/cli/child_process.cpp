#include "app/cli/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "core/error.h"

namespace octet::cli {
namespace {

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// The program's standard output, and what it is told to begin with. Signals that are watched for here would
/// reach nothing in it.
pid_t start(std::vector<std::string> command, std::vector<std::string> environment, int output) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  for (char** own = environ; *own != nullptr; ++own)
    environment.emplace_back(*own);  // the first of a name counts
  pid_t child = 0;
  const int failed = posix_spawnp(&child, command.front().c_str(), &files, &attributes,
                                  pointers_to(command).data(), pointers_to(environment).data());
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  if (failed != 0)
    throw Error(ErrorKind::input,
                "cannot run " + command.front() + ": " + std::generic_category().message(failed));
  return child;
}

int end_of(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

ProgramResult run_program(const std::vector<std::string>& command,
                          const std::vector<std::string>& environment, const std::stop_token& stop) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    throw Error(ErrorKind::device, "cannot make a pipe: " + std::generic_category().message(errno));
  const auto [from, to] = ends;
  pid_t child = 0;
  try {
    child = start(command, environment, to);
  } catch (...) {
    close(from);
    close(to);
    throw;
  }
  close(to);
  ProgramResult result;
  std::array<char, 4096> piece{};
  bool more = true;
  while (more && !stop.stop_requested()) {
    constexpr int kLookForStop = 100;  // ms
    pollfd ready{from, POLLIN, 0};
    if (poll(&ready, 1, kLookForStop) <= 0) continue;
    const auto count = read(from, piece.data(), piece.size());
    if (count > 0) result.written.append(piece.data(), static_cast<std::size_t>(count));
    more = count > 0 || (count < 0 && errno == EINTR);
  }
  close(from);
  if (stop.stop_requested()) kill(child, SIGTERM);
  result.code = end_of(child);
  if (stop.stop_requested()) throw Error(ErrorKind::cancelled, "cancelled while " + command.front() + " ran");
  return result;
}

}  // namespace octet::cli
