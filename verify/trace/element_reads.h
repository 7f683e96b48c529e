#pragma once

#include <ATen/record_function.h>

#include <string>

namespace limbeck::verify {

/// While it lives, notes where a function that this thread traces reads elements of a tensor that
/// depends on the traced input: C++ code decides by them, and a trace follows one way only.
///
/// Seen are item(), is_nonzero(), equal() and what uses them (`if (x.sum().item<double>() > 0)`);
/// a read through a pointer to the data is not.
class ElementReads {
 public:
  ElementReads();
  ~ElementReads();
  ElementReads(const ElementReads&) = delete;
  ElementReads& operator=(const ElementReads&) = delete;

  /// Throws: UnsupportedError naming the first operation that read, and what it read.
  void require_none() const;

  void note(const std::string& read);

 private:
  ElementReads* before_;
  at::CallbackHandle handle_;
  std::string first_;
};

}  // namespace limbeck::verify
