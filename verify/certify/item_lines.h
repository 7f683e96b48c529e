#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "verify/certify/radius_search.h"
#include "verify/certify/sentence_set.h"
#include "verify/certify/word_verifier.h"
#include "verify/pass/explain_bound.h"

/// Lines of items.jsonl. Numbers that depend on how sentences are batched by their last bits have 6
/// significant digits, what is proved rounded down: shards and resumed runs write the same bytes.
namespace limbeck::verify {

/// null where the number is not finite.
nlohmann::ordered_json finite_or_null(double value);

/// {"index", "sentence", "label", "state", "margin_proved", "margin_seen", "replaced",
/// "decided_by", "branches"}; a margin that is not known is null. "skipped" says which candidates
/// were left out: why, and how many. A position counts the words that the model reads, from 0.
/// "unbounded" says what was where nothing could be proved.
nlohmann::ordered_json synonym_line(int64_t index, const CandidateSentence& sentence,
                                    const WordProblem& problem, const WordResult& result,
                                    const WordModel& model);

/// The radii of one sentence.
struct RadiusResult {
  bool is_right = false;  ///< the model's answer is the label: else all radii are 0
  bool is_each_word = false;
  double asked = 0;           ///< the only radius that was tried; 0: the largest was searched
  std::vector<Radius> radii;  ///< one a word, or one
  std::string method = {};    ///< that bounded them; empty: nothing was bounded
};

/// {"index", "sentence", "label", "state", "method", "words": [{"position", "word", "radius",
/// "refused", "flipped"}]}; one entry without position and word where words move at once. `refused`
/// and `flipped` are null where no such radius was found; "unbounded" says what was at `refused`
/// where nothing is certified. States: certified (every radius > 0), falsified (the answer is wrong
/// as it stands, or within the radius that was asked), timeout, unknown.
nlohmann::ordered_json radius_line(int64_t index, const CandidateSentence& sentence,
                                   const WordProblem& problem, const RadiusResult& result,
                                   const WordModel& model);

/// {"index", "sentence", "label", "state": "error", "message"}.
nlohmann::ordered_json error_line(int64_t index, const CandidateSentence& sentence,
                                  const std::string& message);

/// {"bound", "value", "nodes": [{"op", "place", "loss", "share"}], "others"}: the 20 operations
/// that lost most, and the loss of the rest. Share is of value - bound. Where nothing could be
/// proved,
/// {"bound": null, "unbounded": which operation}.
nlohmann::ordered_json explanation_json(const BoundExplanation& explanation, const Graph& graph);

}  // namespace limbeck::verify
