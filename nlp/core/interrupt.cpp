#include "nlp/core/interrupt.h"

#include <unistd.h>

#include <csignal>

#include "nlp/core/errors.h"

namespace limbeck {
namespace {

volatile std::sig_atomic_t received_signal = 0;

constexpr unsigned kSecondsBetweenAlarms = 1;

/// A signal that came just before a blocking read would not end it: alarms follow, each of which
/// interrupts such a call, until the program has heeded the signal.
void on_alarm(int) { ::alarm(kSecondsBetweenAlarms); }

void on_signal(int signal) {
  if (received_signal != 0) _exit(128 + signal);
  received_signal = signal;
  ::alarm(kSecondsBetweenAlarms);
}

}  // namespace

int interrupt_signal() { return received_signal; }

void stop_if_interrupted(const std::string& remedy) {
  if (const int signal = interrupt_signal(); signal != 0)
    throw Interrupted("interrupted; " + remedy, signal);
}

void set_interrupt_signal(int signal) { received_signal = signal; }

void install_interrupt_handler() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  action.sa_handler = on_alarm;
  sigaction(SIGALRM, &action, nullptr);
}

}  // namespace limbeck
