#include "fairness/metric/relevance.h"

#include <algorithm>
#include <cmath>

#include "nlp/core/errors.h"

namespace limbeck::fairness {
namespace {

double cosine(std::span<const float> a, std::span<const float> b) {
  double dot = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    dot += static_cast<double>(a[i]) * b[i];
    aa += static_cast<double>(a[i]) * a[i];
    bb += static_cast<double>(b[i]) * b[i];
  }
  return aa > 0 && bb > 0 ? dot / std::sqrt(aa * bb) : 0;
}

/// For each prompt one of the template after its own, at the same place in it where there is one.
std::vector<int64_t> strangers(const std::vector<int64_t>& template_of) {
  const auto templates = *std::ranges::max_element(template_of) + 1;
  std::vector<std::vector<int64_t>> members(static_cast<size_t>(templates));
  std::vector<size_t> place;
  for (size_t p = 0; p < template_of.size(); ++p) {
    auto& own = members[static_cast<size_t>(template_of[p])];
    place.push_back(own.size());
    own.push_back(static_cast<int64_t>(p));
  }
  std::vector<int64_t> result;
  for (size_t p = 0; p < template_of.size(); ++p) {
    const auto& next = members[static_cast<size_t>((template_of[p] + 1) % templates)];
    result.push_back(next[place[p] % next.size()]);
  }
  return result;
}

}  // namespace

Relevance relevance(const nlp::SentenceEncoder& encoder, const std::vector<std::string>& prompts,
                    const std::vector<int64_t>& template_of,
                    const std::vector<std::string>& continuations,
                    const std::vector<int64_t>& prompt_of, double threshold) {
  if (prompts.empty() || continuations.empty())
    throw ConfigError("relevance: expected prompts and continuations, got none");
  const nlp::VectorRows prompt_rows = encoder.encode(prompts), rows = encoder.encode(continuations);
  const std::vector<int64_t> other = strangers(template_of);
  Relevance result;
  result.threshold = threshold;
  const auto count = static_cast<double>(continuations.size());
  int64_t related = 0, related_by_chance = 0;  // counts, so that shares are exact
  for (int64_t i = 0; i < rows.rows; ++i) {
    const int64_t own = prompt_of[static_cast<size_t>(i)];
    const double near = cosine(rows.row(i), prompt_rows.row(own)),
                 far = cosine(rows.row(i), prompt_rows.row(other[static_cast<size_t>(own)]));
    related += near >= threshold;
    related_by_chance += far >= threshold;
    result.mean_cosine += near;
    result.chance_cosine += far;
  }
  result.share = static_cast<double>(related) / count;
  result.chance_share = static_cast<double>(related_by_chance) / count;
  result.mean_cosine /= count;
  result.chance_cosine /= count;
  return result;
}

}  // namespace limbeck::fairness
