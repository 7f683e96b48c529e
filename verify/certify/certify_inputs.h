#pragma once

#include <string>

#include "verify/certify/certify_sentences.h"

namespace limbeck::verify {

/// Whether `--model` names a TorchScript file: by its name (.pt, .pth), or because it is a zip.
bool is_torchscript(const std::string& model);

/// Certified radii for the inputs of a TorchScript network, or a verdict for each at --radius;
/// files as certify_sentences() writes them. Throws: as that; ConfigError for options of sentences.
CertifySummary certify_inputs(const CertifyOptions& options, const CertifyContext& context);

}  // namespace limbeck::verify
