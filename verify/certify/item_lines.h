#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "verify/certify/radius_search.h"
#include "verify/certify/sentence_set.h"
#include "verify/certify/word_verifier.h"

/// Lines of items.jsonl.
namespace limbeck::verify {

/// {"index", "sentence", "label", "state", "margin_proved", "margin_seen", "replaced",
/// "decided_by", "branches"}; a margin that is not known is null.
nlohmann::ordered_json synonym_line(int64_t index, const CandidateSentence& sentence,
                                    const WordProblem& problem, const WordResult& result,
                                    const WordModel& model);

/// {"index", "sentence", "label", "state", "words": [{"position", "word", "radius", "refused"}]};
/// for all words at once a single entry without position and word.
nlohmann::ordered_json radius_line(int64_t index, const CandidateSentence& sentence,
                                   const WordProblem& problem, const std::vector<Radius>& radii,
                                   bool is_each_word, const WordModel& model);

/// {"index", "sentence", "label", "state": "error", "message"}.
nlohmann::ordered_json error_line(int64_t index, const CandidateSentence& sentence,
                                  const std::string& message);

}  // namespace limbeck::verify
