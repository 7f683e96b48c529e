#include "verify/certify/bound_options.h"

#include <limits>

namespace limbeck::verify {

BoundOptions bound_options(const CertifyOptions& options) {
  BoundOptions bound;
  bound.memory_bytes = options.mem_limit << 20;
  bound.iterations = options.alpha_iterations;
  bound.learning_rate = options.alpha_rate;
  bound.stops_on_signal = true;
  if (options.arith == "rigorous") bound.arithmetic = Arithmetic::kRigorous;
  if (options.arith == "rigorous-float32") bound.arithmetic = Arithmetic::kRigorousFloat32;
  return bound;
}

WordVerifierOptions word_verifier_options(const CertifyOptions& options) {
  WordVerifierOptions verifier;
  verifier.bound = bound_options(options);
  verifier.time_limit_s = options.time_limit;
  if (options.method != "auto") verifier.method = options.method, verifier.is_complete = false;
  return verifier;
}

RadiusSearchOptions radius_search_options(const CertifyOptions& options) {
  RadiusSearchOptions search;
  search.norm =
      options.norm == "inf" ? std::numeric_limits<double>::infinity() : std::stod(options.norm);
  search.bound = bound_options(options);
  search.time_limit_s = options.time_limit;
  search.method = options.method;
  if (options.radius > 0) search.first = options.radius, search.max_steps = 1;
  return search;
}

RadiusAttackOptions radius_attack_options(const CertifyOptions& options) {
  RadiusAttackOptions attack;
  attack.stops_on_signal = true;
  if (options.radius > 0) attack.first = options.radius / attack.reach;
  return attack;
}

}  // namespace limbeck::verify
