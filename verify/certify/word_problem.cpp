#include "verify/certify/word_problem.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "nlp/core/errors.h"

namespace limbeck::verify {

int64_t WordProblem::replaceable() const {
  return std::ranges::count_if(candidates, [](const auto& words) { return !words.empty(); });
}

/// Coefficient sums of prod_i (1 + |candidates_i| z) up to z^budget.
double WordProblem::combinations() const {
  std::vector<double> count(static_cast<size_t>(budget) + 1, 0.0);
  count[0] = 1;
  for (const std::vector<int64_t>& words : candidates)
    for (size_t k = count.size() - 1; k > 0; --k)
      count[k] += count[k - 1] * static_cast<double>(words.size());
  double sum = 0;
  for (const double c : count) sum += c;
  return sum;
}

at::Tensor enumerate_sentences(const WordProblem& problem) {
  std::vector<int64_t> all, current = problem.words;
  const auto visit = [&](auto&& self, size_t position, int64_t left) -> void {
    if (position == current.size()) {
      all.insert(all.end(), current.begin(), current.end());
      return;
    }
    self(self, position + 1, left);
    if (left == 0) return;
    const int64_t original = current[position];
    for (const int64_t word : problem.candidates[position]) {
      current[position] = word;
      self(self, position + 1, left - 1);
    }
    current[position] = original;
  };
  visit(visit, 0, problem.budget);
  return at::tensor(all, at::kLong).view({-1, problem.length()});
}

std::vector<Replacement> replacements_of(const WordProblem& problem) {
  std::vector<Replacement> all;
  for (size_t position = 0; position < problem.candidates.size(); ++position)
    for (const int64_t word : problem.candidates[position])
      all.push_back({static_cast<int64_t>(position), word});
  return all;
}

std::vector<int64_t> with_replacements(const WordProblem& problem,
                                       const std::vector<Replacement>& replacements) {
  std::vector<int64_t> words = problem.words;
  for (const Replacement& replacement : replacements)
    words[static_cast<size_t>(replacement.position)] = replacement.word;
  return words;
}

SynonymSet region_of(const std::vector<WordProblem>& problems, const WordModel& model) {
  const int64_t items = static_cast<int64_t>(problems.size()), length = problems[0].length();
  const WordLayout layout = model.layout(problems[0].words);
  const int64_t slots = *std::ranges::max_element(layout);
  size_t most = 0;
  std::vector<std::vector<Replacement>> all;
  for (const WordProblem& problem : problems) {
    if (problem.length() != length || model.layout(problem.words) != layout)
      throw ShapeError("region_of: expected sentences of one length");
    all.push_back(replacements_of(problem));
    most = std::max(most, all.back().size());
  }
  const int64_t count = static_cast<int64_t>(most);
  at::Tensor ids = at::empty({items, length}, at::kLong), budget = at::empty({items}, at::kLong);
  at::Tensor position = at::zeros({items, count}, at::kLong),
             word = at::zeros({items, count}, at::kLong);
  for (int64_t b = 0; b < items; ++b) {
    const WordProblem& problem = problems[static_cast<size_t>(b)];
    std::copy(problem.words.begin(), problem.words.end(), ids[b].data_ptr<int64_t>());
    budget[b] = problem.budget;
    // What an item lacks of the others' replacements becomes its first word, replaced by itself.
    const std::vector<Replacement>& mine = all[static_cast<size_t>(b)];
    for (int64_t p = 0; p < count; ++p) {
      const bool is_real = p < static_cast<int64_t>(mine.size());
      const int64_t at =
          is_real ? mine[static_cast<size_t>(p)].position : (mine.empty() ? 0 : mine[0].position);
      position.data_ptr<int64_t>()[b * count + p] = at;
      word.data_ptr<int64_t>()[b * count + p] =
          is_real ? mine[static_cast<size_t>(p)].word : problem.words[static_cast<size_t>(at)];
    }
  }
  const at::Tensor words = model.embed(ids, slots);
  const at::Tensor replaced = model.embed(ids.gather(1, position), slots);
  return {words, position, model.embed(word, slots) - replaced, budget};
}

at::Tensor margin_rows(const std::vector<int64_t>& labels, int64_t classes, at::ScalarType dtype) {
  const int64_t items = static_cast<int64_t>(labels.size());
  at::Tensor rows = at::zeros({classes - 1, items, classes}, dtype);
  for (int64_t b = 0; b < items; ++b) {
    const int64_t label = labels[static_cast<size_t>(b)];
    for (int64_t c = 0, r = 0; c < classes; ++c) {
      if (c == label) continue;
      rows[r][b][label] = 1;
      rows[r++][b][c] = -1;
    }
  }
  return rows;
}

at::Tensor margin_rows(const std::vector<WordProblem>& problems, int64_t classes,
                       at::ScalarType dtype) {
  std::vector<int64_t> labels;
  for (const WordProblem& problem : problems) labels.push_back(problem.label);
  return margin_rows(labels, classes, dtype);
}

}  // namespace limbeck::verify
