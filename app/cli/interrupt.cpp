#include "app/cli/interrupt.h"

#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <iostream>
#include <thread>

#include "core/error.h"

namespace octet::cli {
namespace {

/// What signals did when this process was started.
struct Signals {
  sigset_t blocked;
  sighandler_t file_too_large = SIG_DFL;
};

Signals& inherited() {
  static Signals signals;
  return signals;
}

std::stop_source& source() {
  static std::stop_source instance;
  return instance;
}

}  // namespace

void watch_for_interrupts() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, &inherited().blocked);
  // A limit on file sizes is an error of writing then, not the end.
  inherited().file_too_large = ::signal(SIGXFSZ, SIG_IGN);
  std::thread([signals] {
    int number = 0;
    sigwait(&signals, &number);
    source().request_stop();
    std::this_thread::sleep_for(std::chrono::milliseconds(800));
    std::cerr << "octet: cancelled\n";
    _exit(static_cast<int>(ErrorKind::cancelled));
  }).detach();
}

void restore_signals() {
  ::signal(SIGXFSZ, inherited().file_too_large);
  pthread_sigmask(SIG_SETMASK, &inherited().blocked, nullptr);
}

std::stop_token interrupt_token() { return source().get_token(); }

}  // namespace octet::cli
