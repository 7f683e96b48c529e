#pragma once

#include <filesystem>
#include <vector>

#include "data/held_out_text.h"
#include "data/task.h"

namespace limbeck::data {

/// Which of the rated snippets become examples.
struct SnippetOptions {
  double neutral_band = 0.5;   ///< mean ratings (scale -4 .. 4) nearer to 0 are left out; >= 0
  bool include_movies = true;  ///< the movie snippets are the sentences that SST was built on

  /// Throws: ConfigError naming the field and the value.
  void validate() const;
};

/// Sentiment of human-rated snippets from tweets, product reviews, editorials and movie reviews:
/// label 1 for a mean rating above 0, label 0 below; `score` keeps the mean.
///
/// `folder` is the asset "snippets". Dev is a tenth, chosen by a hash of the document that a
/// snippet comes from, so that no document is in both; there is no test split (kTest gives dev).
/// Snippets in `held_out` (may be null), such as the SST-2 dev set, are left out, and so are all
/// but the first of equal ones. Source: Hutto, Gilbert 2014, "VADER: a parsimonious rule-based
/// model for sentiment analysis of social media text". Throws: DataError for a missing file (naming
/// the command that fetches it) or a malformed row.
std::vector<Example> load_snippets(const std::filesystem::path& folder, Split split,
                                   const SnippetOptions& options = {},
                                   const HeldOutText* held_out = nullptr);

}  // namespace limbeck::data
