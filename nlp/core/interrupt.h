#pragma once

#include <string>

namespace limbeck {

/// Number of the first SIGINT or SIGTERM since install_interrupt_handler(), 0 if none. Loops that
/// can save their state ask at each step; a second signal ends the process at once.
int interrupt_signal();

/// For loops that have nothing to save, at each batch. Throws: Interrupted `interrupted; <remedy>`.
void stop_if_interrupted(const std::string& remedy = "nothing half-written is left");

/// For programs, not libraries: replaces the handlers of SIGINT and SIGTERM.
void install_interrupt_handler();

/// For tests: forgets or fakes a signal.
void set_interrupt_signal(int signal);

}  // namespace limbeck
