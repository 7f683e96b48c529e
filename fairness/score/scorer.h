#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace limbeck::fairness {

/// How positive a text is, in [0, 1].
class Scorer {
 public:
  virtual ~Scorer() = default;
  virtual std::string name() const = 0;
  /// One score a text, each a function of that text alone.
  virtual std::vector<double> score(std::span<const std::string> texts) const = 0;
};

}  // namespace limbeck::fairness
