#pragma once

#include <span>
#include <string>
#include <vector>

#include "nlp/encode/sentence_encoder.h"
#include "nlp/report/distillation_sections.h"

namespace limbeck::distill {

/// For some sentences, the nearest others by the teacher's and by the student's vectors.
struct NeighbourAgreement {
  std::vector<nlp::NeighbourComparison> examples;
  double overlap = 0;  ///< mean share of the teacher's `neighbours` that the student finds too,
                       ///< over all sentences
};

/// Rows i of both tables belong to sentence i; the first `examples` sentences are shown.
/// Throws: ShapeError when the numbers of rows differ.
NeighbourAgreement neighbour_agreement(std::span<const std::string> sentences,
                                       const nlp::VectorRows& teacher,
                                       const nlp::VectorRows& student, int64_t neighbours,
                                       int64_t examples);

}  // namespace limbeck::distill
