#pragma once

#include "verify/certify/radius_attack.h"
#include "verify/certify/radius_search.h"
#include "verify/certify/word_verifier.h"
#include "verify/options/certify_options.h"

/// What the options of `limbeck certify` mean to the parts that do its work.
namespace limbeck::verify {

BoundOptions bound_options(const CertifyOptions& options);

/// Method "auto" decides completely; any other is the only bound that is tried.
WordVerifierOptions word_verifier_options(const CertifyOptions& options);

/// With --radius, that radius alone is tried.
RadiusSearchOptions radius_search_options(const CertifyOptions& options);

/// With --radius, no further than that.
RadiusAttackOptions radius_attack_options(const CertifyOptions& options);

}  // namespace limbeck::verify
