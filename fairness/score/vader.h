#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>

#include "fairness/score/scorer.h"

namespace limbeck::fairness {

/// VADER: words with human ratings, changed by negations, intensifiers, capitals, "but" and
/// punctuation.
///
/// Source: Hutto & Gilbert 2014, sec. 3.2, and the released code (vaderSentiment 3.3.2), whose
///         compound score this is; differs: not rounded to four places, and emojis are not spelled
///         out by their descriptions. The score is (compound + 1) / 2.
class VaderScorer final : public Scorer {
 public:
  /// Reads vader_lexicon.txt: word, mean rating and more, tab-separated.
  /// Throws: DataError `file:3: expected a word and a rating with a tab between`.
  explicit VaderScorer(const std::filesystem::path& lexicon_file);

  std::string name() const override { return "vader"; }
  std::vector<double> score(std::span<const std::string> texts) const override;
  std::string method() const override { return "(VADER's compound score + 1) / 2"; }
  std::string source_sha256() const override { return source_sha256_; }

  /// In [-1, 1].
  double compound(std::string_view text) const;

 private:
  struct Words;

  double valence(const Words& words, size_t i) const;
  double after_no(const Words& words, size_t i, double valence) const;
  bool rated(const std::string& word) const { return ratings_.contains(word); }

  std::unordered_map<std::string, double> ratings_;
  std::string source_sha256_;
};

}  // namespace limbeck::fairness
