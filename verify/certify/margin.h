#pragma once

#include <vector>

#include "verify/certify/word_problem.h"
#include "verify/pass/bound.h"

namespace limbeck::verify {

/// logit of the label less the largest other logit, for sentences ids (N, T): (N) double.
/// `labels` (N) or (1).
at::Tensor margins(WordModel& model, const at::Tensor& ids, const at::Tensor& labels);
at::Tensor margins(WordModel& model, const at::Tensor& ids, int64_t label);

/// The margin of one sentence by the network itself, not by its graph: what a counterexample must
/// hold for.
double replayed_margin(const WordModel& model, const std::vector<int64_t>& words, int64_t label);

/// Lower bounds of the margins of the real-valued network for sentences ids (N, T) of one layout:
/// each as a region of its own, by intervals in rigorous arithmetic. -inf where nothing could be
/// proved.
at::Tensor proved_margins(WordModel& model, const at::Tensor& ids, int64_t label,
                          const BoundOptions& options);

}  // namespace limbeck::verify
