#include "distill/evaluate/neighbours.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "distill/evaluate/retrieval.h"
#include "nlp/core/errors.h"

namespace limbeck::distill {
namespace {

/// Positions of the nearest other rows, best first; equal cosines in row order.
std::vector<int64_t> nearest(std::span<const float> cosines, int64_t self, int64_t count) {
  std::vector<int64_t> order(cosines.size());
  std::iota(order.begin(), order.end(), int64_t{0});
  order.erase(order.begin() + self);
  const auto kept = std::min<size_t>(static_cast<size_t>(count), order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<int64_t>(kept), order.end(),
                    [&](int64_t a, int64_t b) {
                      const float x = cosines[static_cast<size_t>(a)],
                                  y = cosines[static_cast<size_t>(b)];
                      return x != y ? x > y : a < b;
                    });
  order.resize(kept);
  return order;
}

std::vector<nlp::Neighbour> named(const std::vector<int64_t>& rows, std::span<const float> cosines,
                                  std::span<const std::string> sentences) {
  std::vector<nlp::Neighbour> list;
  for (const int64_t row : rows)
    list.push_back({sentences[static_cast<size_t>(row)], cosines[static_cast<size_t>(row)]});
  return list;
}

}  // namespace

NeighbourAgreement neighbour_agreement(std::span<const std::string> sentences,
                                       const nlp::VectorRows& teacher,
                                       const nlp::VectorRows& student, int64_t neighbours,
                                       int64_t examples) {
  const int64_t count = static_cast<int64_t>(sentences.size());
  if (teacher.rows != count || student.rows != count)
    throw ShapeError("neighbour_agreement: expected " + std::to_string(count) + " rows, got " +
                     std::to_string(teacher.rows) + " and " + std::to_string(student.rows));
  NeighbourAgreement result;
  if (count < 2) return result;
  const nlp::VectorRows teacher_cosines = cosine_matrix(teacher, teacher);
  const nlp::VectorRows student_cosines = cosine_matrix(student, student);
  double shared = 0, possible = 0;
  for (int64_t i = 0; i < count; ++i) {
    const auto by_teacher = nearest(teacher_cosines.row(i), i, neighbours);
    const auto by_student = nearest(student_cosines.row(i), i, neighbours);
    const std::set<int64_t> found(by_student.begin(), by_student.end());
    shared += static_cast<double>(std::count_if(by_teacher.begin(), by_teacher.end(),
                                                [&](int64_t row) { return found.contains(row); }));
    possible += static_cast<double>(by_teacher.size());
    if (i < examples)
      result.examples.push_back({sentences[static_cast<size_t>(i)],
                                 named(by_teacher, teacher_cosines.row(i), sentences),
                                 named(by_student, student_cosines.row(i), sentences)});
  }
  result.overlap = shared / possible;
  return result;
}

}  // namespace limbeck::distill
