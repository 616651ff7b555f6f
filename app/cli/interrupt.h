#pragma once

#include <stop_token>

namespace octet::cli {

/// Turns Ctrl-C and SIGTERM into a stop request. Call before any thread is started.
/// Work that has not noticed after 0.8 s is ended with exit code 5: it is computing or waiting for the disk
/// then, and a file that is not complete has no name yet.
void watch_for_interrupts();

/// Before this process becomes another program: signals do again what they did when it was started.
void restore_signals();

std::stop_token interrupt_token();

}  // namespace octet::cli
