#pragma once

#include "verify/certify/sentence_verifier.h"

namespace limbeck::verify {

/// Decides the same sentences by several methods and times each.
///
/// Law:     lines() are those of a SentenceVerifier of `options.method`; where there are other
///          methods, each has a key "compare" more: [{"method", "state", "radius" or
///          "margin_proved", "seconds"}], its own method first. Seconds are those of the chunk,
///          shared equally by its items; "radius" is the mean over words.
class MethodComparison {
 public:
  /// `model` must outlive the comparison. Throws: ConfigError for an unknown method.
  MethodComparison(const CertifyOptions& options, SentenceModel& model);

  /// Throws: as SentenceVerifier::lines.
  std::vector<nlohmann::ordered_json> lines(std::span<const NumberedSentence> items);

 private:
  struct Entry {
    std::string method;
    std::unique_ptr<SentenceVerifier> verifier;
  };
  std::vector<Entry> entries_;
};

}  // namespace limbeck::verify
