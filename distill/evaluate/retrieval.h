#pragma once

#include "nlp/encode/sentence_encoder.h"

namespace limbeck::distill {

/// Share of rows i whose own target is the nearest by cosine among the targets of its batch.
///
/// Batches are consecutive blocks of `batch` rows (the last may be smaller); chance is 1 / batch.
/// Collapsed vectors score at chance however small the loss is. Ties count as a miss. Throws:
/// ShapeError when the two differ in shape.
double retrieval_at_1(const nlp::VectorRows& vectors, const nlp::VectorRows& targets,
                      int64_t batch);

/// Cosines of all rows of a with all rows of b, (a.rows, b.rows); a zero row has cosine 0.
nlp::VectorRows cosine_matrix(const nlp::VectorRows& a, const nlp::VectorRows& b);

/// Cosine of row i of a with row i of b.
std::vector<double> row_cosines(const nlp::VectorRows& a, const nlp::VectorRows& b);

}  // namespace limbeck::distill
