#pragma once

#include <string>
#include <vector>

#include "verify/certify/sentence_set.h"
#include "verify/options/certified_training_options.h"

namespace limbeck::verify {

/// The sentences that a network is trained and certified on.
struct CertifiedData {
  std::vector<CandidateSentence> train, dev;
  int64_t classes = 0;
};

/// Reads both files; sentences without candidates get those of --synonyms.
/// Throws: DataError naming file and item: no sentences, a label that is negative or not among
/// those
///         of the training sentences, an empty sentence.
CertifiedData read_certified_data(const CertifiedTrainingOptions& options);

/// The special words, then those of the sentences that occur `min_count` times, in lower case,
/// most frequent first, equal ones by bytes.
std::vector<std::string> frequent_words(const std::vector<CandidateSentence>& sentences,
                                        int64_t min_count);

/// Hash of all that a run learns from and is measured on.
std::string hash_of(const CertifiedData& data);

}  // namespace limbeck::verify
