#include "distill/evaluate/retrieval.h"

#include <algorithm>
#include <cmath>

#include "nlp/core/errors.h"
#include "nlp/kernel/gemm.h"

namespace limbeck::distill {
namespace {

void require_same_width(const nlp::VectorRows& a, const nlp::VectorRows& b) {
  if (a.width != b.width)
    throw ShapeError("cosine: expected vectors of one width, got " + std::to_string(a.width) +
                     " and " + std::to_string(b.width));
}

nlp::VectorRows unit_rows(const nlp::VectorRows& rows) {
  nlp::VectorRows unit = rows;
  for (int64_t i = 0; i < unit.rows; ++i) {
    double squares = 0;
    for (const float value : unit.row(i)) squares += static_cast<double>(value) * value;
    const float scale = squares > 0 ? static_cast<float>(1.0 / std::sqrt(squares)) : 0.0F;
    for (float& value : unit.row(i)) value *= scale;
  }
  return unit;
}

nlp::VectorRows block(const nlp::VectorRows& rows, int64_t begin, int64_t end) {
  return {end - begin, rows.width,
          std::vector<float>(rows.values.begin() + begin * rows.width,
                             rows.values.begin() + end * rows.width)};
}

}  // namespace

nlp::VectorRows cosine_matrix(const nlp::VectorRows& a, const nlp::VectorRows& b) {
  require_same_width(a, b);
  const nlp::VectorRows left = unit_rows(a), right = unit_rows(b);
  nlp::VectorRows result{a.rows, b.rows, std::vector<float>(static_cast<size_t>(a.rows * b.rows))};
  if (a.rows > 0 && b.rows > 0)
    nlp::kernel::sgemm(false, true, a.rows, b.rows, a.width, 1.0F, left.values.data(), a.width,
                       right.values.data(), b.width, 0.0F, result.values.data(), b.rows);
  return result;
}

std::vector<double> row_cosines(const nlp::VectorRows& a, const nlp::VectorRows& b) {
  require_same_width(a, b);
  std::vector<double> cosines(static_cast<size_t>(std::min(a.rows, b.rows)));
  for (size_t i = 0; i < cosines.size(); ++i) {
    const auto left = a.row(static_cast<int64_t>(i)), right = b.row(static_cast<int64_t>(i));
    double product = 0, left_squares = 0, right_squares = 0;
    for (size_t d = 0; d < left.size(); ++d) {
      product += static_cast<double>(left[d]) * right[d];
      left_squares += static_cast<double>(left[d]) * left[d];
      right_squares += static_cast<double>(right[d]) * right[d];
    }
    const double lengths = std::sqrt(left_squares * right_squares);
    cosines[i] = lengths > 0 ? product / lengths : 0.0;
  }
  return cosines;
}

double retrieval_at_1(const nlp::VectorRows& vectors, const nlp::VectorRows& targets,
                      int64_t batch) {
  if (vectors.rows != targets.rows)
    throw ShapeError("retrieval_at_1: expected as many vectors as targets, got " +
                     std::to_string(vectors.rows) + " and " + std::to_string(targets.rows));
  int64_t hits = 0;
  for (int64_t begin = 0; begin < vectors.rows; begin += batch) {
    const int64_t end = std::min(begin + batch, vectors.rows);
    const nlp::VectorRows cosines =
        cosine_matrix(block(vectors, begin, end), block(targets, begin, end));
    for (int64_t i = 0; i < cosines.rows; ++i) {
      const auto row = cosines.row(i);
      const float own = row[static_cast<size_t>(i)];
      hits +=
          std::count_if(row.begin(), row.end(), [own](float other) { return other >= own; }) == 1;
    }
  }
  return vectors.rows > 0 ? static_cast<double>(hits) / static_cast<double>(vectors.rows) : 0.0;
}

}  // namespace limbeck::distill
