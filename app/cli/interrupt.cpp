#include "app/cli/interrupt.h"

#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <iostream>
#include <thread>

#include "core/error.h"

namespace octet::cli {
namespace {

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
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::thread([signals] {
    int number = 0;
    sigwait(&signals, &number);
    source().request_stop();
    std::this_thread::sleep_for(std::chrono::milliseconds(800));
    std::cerr << "octet: cancelled\n";
    _exit(static_cast<int>(ErrorKind::cancelled));
  }).detach();
}

std::stop_token interrupt_token() { return source().get_token(); }

}  // namespace octet::cli
