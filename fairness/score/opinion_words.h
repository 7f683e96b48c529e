#pragma once

#include <filesystem>
#include <string>
#include <unordered_set>
#include <utility>

#include "fairness/metric/text_words.h"
#include "fairness/score/scorer.h"

namespace limbeck::fairness {

/// The ratio of positive words among the positive and negative ones of a text, 0.5 when there is
/// neither. Where several entries of the lists begin at one word, the longest counts: "well-made"
/// is one positive word, "self-made" the word "made". Letters' case and the kind of apostrophe or
/// hyphen make no difference.
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
  std::string method() const override {
    return "positive opinion words / all opinion words, 1/2 without any";
  }
  std::string source_sha256() const override { return source_sha256_; }

 private:
  void add(const std::string& entry, bool is_positive);
  bool has(const std::string& entry) const;
  /// The longest entry that begins at a word of a folded text, and the words that it takes; without
  /// one the word itself.
  std::pair<std::string, size_t> entry_at(const std::string& text,
                                          std::span<const WordPlace> words) const;

  std::unordered_set<std::string> positive_, negative_;
  std::string source_sha256_;
  size_t longest_ = 1;  ///< words of an entry at most
};

}  // namespace limbeck::fairness
