#pragma once

#include <filesystem>
#include <string>
#include <unordered_set>

#include "fairness/score/scorer.h"

namespace limbeck::fairness {

/// The ratio of positive words among the positive and negative ones of a text, 0.5 when there is
/// neither.
///
/// Source: Huang et al. 2020, sec. 5.1 (iii), with the lexicon of Hu & Liu 2004.
class OpinionWordScorer final : public Scorer {
 public:
  /// A directory with positive-words.txt and negative-words.txt (one word a line, lines that begin
  /// with ';' are comments; bytes that are no UTF-8 are read as Latin-1), or a vader_lexicon.txt,
  /// whose words count by the sign of their rating.
  /// Throws: DataError naming the file, for a list without words too.
  explicit OpinionWordScorer(const std::filesystem::path& lexicon);

  std::string name() const override { return "opinion"; }
  std::vector<double> score(std::span<const std::string> texts) const override;

 private:
  std::unordered_set<std::string> positive_, negative_;
};

}  // namespace limbeck::fairness
