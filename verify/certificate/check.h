#pragma once

#include "verify/certificate/certificate.h"

namespace limbeck::verify {

/// What a certificate proves.
struct CheckedCertificate {
  /// Of the sentence, as the vocabulary has them; or "input 3 of x.safetensors".
  std::string words;
  int64_t label = 0;
  double margin = 0;  ///< the least over all parts, recomputed
  size_t parts = 0;
  /// "every replacement of at most 2 words keeps the answer (9 candidates of 4 words)"
  std::string claim;
};

/// Verifies a certificate from the ground up: the sentence against the vocabulary, the region
/// against the embeddings of the model file (or the input in the data), every line and plane
/// against its function, every bound of every node by interval arithmetic or, where that is not
/// enough, by substitution down to the input, and the margins by substitution; all in
/// outward-rounded arithmetic. What is trusted: that the graph of the certificate is the model's,
/// with every constant that it does not take from the model file (of inputs: all).
///
/// Throws:  NotCertified naming the first claim that fails; DataError for a malformed certificate.
CheckedCertificate check_certificate(const Certificate& certificate);

/// read_certificate, then the above.
CheckedCertificate check_certificate_file(const std::filesystem::path& file,
                                          const CertificateFiles& files);

}  // namespace limbeck::verify
