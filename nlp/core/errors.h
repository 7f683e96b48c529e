#pragma once

#include <stdexcept>
#include <string>

namespace limbeck {

/// Base of every error that limbeck throws on purpose; `what()` is one line: where, expected, got,
/// how to go on.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A wrong option, option value or combination of options (exit code 2).
class ConfigError : public Error {
 public:
  using Error::Error;
};

/// Input data or a model file that cannot be read or is not valid (exit code 3).
class DataError : public Error {
 public:
  using Error::Error;
};

/// Tensors whose shapes do not fit the call (exit code 5: a caller inside the program is wrong).
class ShapeError : public Error {
 public:
  using Error::Error;
};

/// Valid input that asks for something limbeck does not implement (exit code 3).
class UnsupportedError : public Error {
 public:
  using Error::Error;
};

/// A computation that came to no result, such as training whose loss is no number (exit code 4).
class InconclusiveError : public Error {
 public:
  using Error::Error;
};

/// The user asked to stop; state is saved and `what()` is the line that resumes (exit code 130 or
/// 143).
class Interrupted : public Error {
 public:
  Interrupted(const std::string& message, int signal) : Error(message), signal_(signal) {}
  int signal() const { return signal_; }

 private:
  int signal_;
};

}  // namespace limbeck
