#pragma once

#include <span>
#include <string>
#include <vector>

namespace limbeck::fairness {

/// What the classes of a sentiment model are worth, told by their names, in any order and case:
///
///   negative, positive (neg, pos; 0, 1; LABEL_0, LABEL_1)       0, 1
///   negative, neutral, positive (neg, neu, pos)                 0, 1/2, 1
///   1, 2, 3, 4, 5 (1 star, 2 stars, ...; very negative, ...)    0, 1/4, 1/2, 3/4, 1
struct SentimentClasses {
  std::vector<double> scores;  ///< one a class, in the order of the labels
  std::string method;          ///< of score(): "P(positive) + P(neutral) / 2"

  /// The mean of the classes' scores under the softmax of the logits: P(positive), P(positive) +
  /// P(neutral) / 2, or (the expected number of stars - 1) / 4. NaN logits give NaN.
  double score(std::span<const float> logits) const;
};

/// `names`, where there are any, stand for labels that say nothing: LABEL_0, LABEL_1, ...
///
/// Throws: DataError `where: expected the classes ..., got ...` for any other set of names, and
/// when there are not as many `names` as labels that say nothing.
SentimentClasses sentiment_classes(const std::vector<std::string>& labels, const std::string& where,
                                   const std::vector<std::string>& names = {});

/// Whether the labels are what Hugging Face writes for a model without names: LABEL_0, LABEL_1, ...
bool are_unnamed(const std::vector<std::string>& labels);

}  // namespace limbeck::fairness
