#pragma once

#include <vector>

#include "verify/certificate/certificate.h"
#include "verify/certificate/substitution.h"

namespace limbeck::verify {

/// A set of inputs that a part speaks of, from the embedding table of the model file: sentences
/// with at most `budget` replaced words, or balls around words.
class CheckedRegion {
 public:
  virtual ~CheckedRegion() = default;
  /// The smallest box around the set, rounded outward.
  virtual std::vector<Enclosure> box() const = 0;
  /// At most the least value of the form over the set.
  virtual double lower(const InputForm& form) const = 0;
};

/// Words that stand at each position, what each may become, and how many may change.
struct SentenceSet {
  std::vector<int64_t> words;
  std::vector<std::vector<int64_t>> candidates;
  int64_t budget = 0;
};

class SynonymRegion final : public CheckedRegion {
 public:
  SynonymRegion(const Dense& table, SentenceSet set) : table_(table), set_(std::move(set)) {}
  std::vector<Enclosure> box() const override;
  /// Words do not interact in a linear form: the sum over the `budget` words that lower it most.
  double lower(const InputForm& form) const override;

 private:
  const Dense& table_;
  SentenceSet set_;
};

class BallRegion final : public CheckedRegion {
 public:
  BallRegion(const Dense& table, std::vector<int64_t> words, const CertifiedBall& ball,
             std::string norm)
      : table_(table), words_(std::move(words)), ball_(ball), norm_(std::move(norm)) {}
  std::vector<Enclosure> box() const override;
  /// By the dual norm of the coefficients that move.
  double lower(const InputForm& form) const override;

 private:
  const Dense& table_;
  std::vector<int64_t> words_;
  const CertifiedBall& ball_;
  std::string norm_;
};

}  // namespace limbeck::verify
