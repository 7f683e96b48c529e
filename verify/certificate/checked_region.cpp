#include "verify/certificate/checked_region.h"

#include <algorithm>
#include <functional>

#include "verify/certificate/wide_sum.h"

namespace limbeck::verify {
namespace {

size_t width(const Dense& table) { return static_cast<size_t>(table.shape[1]); }

const double* embedding(const Dense& table, int64_t word) {
  return table.values.data() + static_cast<size_t>(word) * width(table);
}

/// coefficients . (the words themselves) + bias.
Enclosure at_words(const Dense& table, const std::vector<int64_t>& words, const InputForm& form) {
  WideSum sum(form.bias);
  for (size_t t = 0; t < words.size(); ++t)
    for (size_t e = 0; e < width(table); ++e)
      sum += form.coefficients[t * width(table) + e] * embedding(table, words[t])[e];
  return sum.value();
}

std::vector<double> embedded(const Dense& table, const std::vector<int64_t>& words) {
  std::vector<double> values;
  for (const int64_t word : words)
    values.insert(values.end(), embedding(table, word), embedding(table, word) + width(table));
  return values;
}

/// At least the sum, whatever the order of summation.
double sum_up(double sum, size_t count) {
  return sum * (1 + 2 * gamma(static_cast<double>(count + 1)));
}

/// At least the sum of the `count` largest, which are not negative.
double sum_of_largest(std::vector<double> gains, int64_t count) {
  std::ranges::sort(gains, std::greater{});
  double sum = 0;
  for (size_t i = 0; i < gains.size() && static_cast<int64_t>(i) < count; ++i) sum += gains[i];
  return sum_up(sum, gains.size());
}

/// Norms of coefficients, each at least the real one.
double dual_norm(const std::string& norm, std::span<const double> coefficients) {
  double most = 0, sum = 0, squares = 0;
  for (const double c : coefficients) {
    most = std::max(most, std::abs(c));
    sum += std::abs(c), squares += c * c;
  }
  if (norm == "1") return most;
  if (norm == "inf") return sum_up(sum, coefficients.size());
  return std::sqrt(sum_up(squares, coefficients.size() + 4)) * (1 + 4 * kUnit) + kRootUnderflow;
}

}  // namespace

std::vector<Enclosure> SynonymRegion::box() const {
  std::vector<Enclosure> box;
  for (size_t t = 0; t < set_.words.size(); ++t)
    for (size_t e = 0; e < width(table_); ++e) {
      Enclosure x = embedding(table_, set_.words[t])[e];
      if (set_.budget > 0)
        for (const int64_t word : set_.candidates[t]) {
          x.lower = std::min(x.lower, embedding(table_, word)[e]);
          x.upper = std::max(x.upper, embedding(table_, word)[e]);
        }
      box.push_back(x);
    }
  return box;
}

double SynonymRegion::lower(const InputForm& form) const {
  std::vector<double> losses;  // of each candidate
  for (size_t t = 0; t < set_.words.size(); ++t)
    for (const int64_t word : set_.candidates[t]) {
      WideSum gain;
      for (size_t e = 0; e < width(table_); ++e)
        gain += form.coefficients[t * width(table_) + e] *
                (Enclosure(embedding(table_, word)[e]) -
                 Enclosure(embedding(table_, set_.words[t])[e]));
      losses.push_back(-gain.value().lower);
    }
  return (at_words(table_, set_.words, form) - Enclosure(most(losses))).lower;
}

Coordinates SynonymRegion::coordinates() const {
  Coordinates result{embedded(table_, set_.words), {}, 0};
  for (size_t t = 0; t < set_.words.size(); ++t)
    for (const int64_t word : set_.candidates[t]) {
      for (size_t e = 0; e < width(table_); ++e)
        result.directions.push_back({result.count, t * width(table_) + e,
                                     Enclosure(embedding(table_, word)[e]) -
                                         Enclosure(embedding(table_, set_.words[t])[e])});
      ++result.count;
    }
  return result;
}

double SynonymRegion::most(std::span<const double> coefficients) const {
  std::vector<double> gains;
  size_t coordinate = 0;
  for (const std::vector<int64_t>& candidates : set_.candidates) {
    double best = 0;
    for (size_t k = 0; k < candidates.size(); ++k)
      best = std::max(best, coefficients[coordinate++]);
    gains.push_back(best);
  }
  return sum_of_largest(std::move(gains), set_.budget);
}

std::vector<Enclosure> BallRegion::box() const {
  std::vector<Enclosure> box;
  for (size_t t = 0; t < words_.size(); ++t) {
    const bool moves =
        std::ranges::find(ball_.positions, static_cast<int64_t>(t)) != ball_.positions.end();
    for (size_t e = 0; e < width(table_); ++e) {
      const Enclosure x = embedding(table_, words_[t])[e];
      box.push_back(moves ? x + Enclosure(-ball_.radius, ball_.radius) : x);
    }
  }
  return box;
}

double BallRegion::lower(const InputForm& form) const {
  std::vector<double> sizes;
  for (const int64_t t : ball_.positions)
    for (size_t e = 0; e < width(table_); ++e)
      sizes.push_back(form.coefficients[static_cast<size_t>(t) * width(table_) + e].magnitude());
  return (at_words(table_, words_, form) - Enclosure(ball_.radius) * Enclosure(most(sizes))).lower;
}

Coordinates BallRegion::coordinates() const {
  Coordinates result{embedded(table_, words_), {}, 0};
  for (const int64_t t : ball_.positions)
    for (size_t e = 0; e < width(table_); ++e)
      result.directions.push_back(
          {result.count++, static_cast<size_t>(t) * width(table_) + e, ball_.radius});
  return result;
}

double BallRegion::most(std::span<const double> coefficients) const {
  if (ball_.at_most == 0) return dual_norm(norm_, coefficients);
  std::vector<double> gains;  // of each word
  for (; !coefficients.empty(); coefficients = coefficients.subspan(width(table_)))
    gains.push_back(dual_norm(norm_, coefficients.first(width(table_))));
  return sum_of_largest(std::move(gains), ball_.at_most);
}

}  // namespace limbeck::verify
