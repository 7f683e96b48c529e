#pragma once

#include <span>
#include <string>
#include <vector>

#include "verify/certificate/certificate.h"
#include "verify/certificate/substitution.h"

namespace limbeck::verify {

/// The inputs of a set as centre + sum of directions times coordinates in [-1, 1].
struct Coordinates {
  struct Direction {
    size_t coordinate, input;
    Enclosure value;
  };
  std::vector<double> centre;
  std::vector<Direction> directions;
  size_t count = 0;
};

/// A set of inputs that a part speaks of, from the embedding table of the model file: sentences
/// with at most `budget` replaced words, or balls around words.
class CheckedRegion {
 public:
  virtual ~CheckedRegion() = default;
  /// The smallest box around the set, rounded outward.
  virtual std::vector<Enclosure> box() const = 0;
  /// At most the least value of the form over the set.
  virtual double lower(const InputForm& form) const = 0;
  virtual Coordinates coordinates() const = 0;
  /// At least the largest sum of coefficients times coordinates; none is NaN.
  virtual double most(std::span<const double> coefficients) const = 0;
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
  /// One for each candidate, 1 where it stands and 0 else.
  Coordinates coordinates() const override;
  double most(std::span<const double> coefficients) const override;

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
  /// By the dual norm of the coefficients that move, or the sum of those of the words that gain
  /// most.
  double lower(const InputForm& form) const override;
  /// One for each input that moves; the balls are then those of radius 1.
  Coordinates coordinates() const override;
  double most(std::span<const double> coefficients) const override;

 private:
  const Dense& table_;
  std::vector<int64_t> words_;
  const CertifiedBall& ball_;
  std::string norm_;
};

}  // namespace limbeck::verify
