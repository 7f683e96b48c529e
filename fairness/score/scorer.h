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
  /// How a score is made, for reports: "P(positive) + P(neutral) / 2".
  virtual std::string method() const = 0;
  /// Hash of the words or weights that it reads, which tells apart scorers of one name; empty where
  /// it reads none.
  virtual std::string source_sha256() const { return ""; }
};

/// Whether --scorer names the directory of a classifier, not a scorer by word lists.
inline bool is_classifier(const std::string& scorer) {
  return scorer != "vader" && scorer != "opinion";
}

}  // namespace limbeck::fairness
