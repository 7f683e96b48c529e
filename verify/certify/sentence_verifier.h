#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include "verify/certify/certificate_writer.h"
#include "verify/certify/item_lines.h"
#include "verify/certify/sentence_model.h"
#include "verify/certify/sentence_regions.h"
#include "verify/certify/word_verifier.h"
#include "verify/options/certify_options.h"

namespace limbeck::verify {

/// A sentence of a run and its place in the data.
struct NumberedSentence {
  int64_t index = 0;
  CandidateSentence sentence;
};

/// Decides sentences, or searches their radii, as `limbeck certify` is told to.
///
/// Law:     one line an item, in order, whatever else is in the chunk; an item that fails is a line
///          of state "error" and the others go on.
class SentenceVerifier {
 public:
  /// `model` must outlive the verifier. Throws: ConfigError for an unknown method,
  /// or where certificates are asked of a model of pieces.
  SentenceVerifier(CertifyOptions options, SentenceModel& model);

  /// Throws: Interrupted after a signal; SoundnessError: neither is a matter of one item.
  std::vector<nlohmann::ordered_json> lines(std::span<const NumberedSentence> items);

 private:
  WordProblem problem_of(const NumberedSentence& item);
  std::vector<nlohmann::ordered_json> decided(std::span<const NumberedSentence> items);
  nlohmann::ordered_json with_synonyms(const NumberedSentence& item, const WordProblem& problem,
                                       WordResult result);
  nlohmann::ordered_json with_radii(const NumberedSentence& item, const WordProblem& problem);
  RadiusResult radii(const WordProblem& problem, const SentenceRegions& regions);
  nlohmann::ordered_json explained(const WordProblem& problem, const Region& region,
                                   const std::string& name);
  void add_certificate(const NumberedSentence& item, const WordProblem& problem,
                       const WordResult& result, nlohmann::ordered_json& line);
  void add_certificate(const NumberedSentence& item, const WordProblem& problem,
                       const RadiusResult& result, nlohmann::ordered_json& line);

  CertifyOptions options_;
  SentenceModel& sentences_;
  WordModel& model_;
  WordVerifier verifier_;
  std::unique_ptr<CertificateWriter> certificates_;  // null: none are wanted
};

}  // namespace limbeck::verify
