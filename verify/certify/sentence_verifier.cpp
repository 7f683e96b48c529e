#include "verify/certify/sentence_verifier.h"

#include <torch/torch.h>

#include "nlp/core/errors.h"
#include "verify/certify/bound_options.h"
#include "verify/certify/item_lines.h"
#include "verify/certify/margin.h"

namespace limbeck::verify {

SentenceVerifier::SentenceVerifier(const CertifyOptions& options, WordModel model)
    : options_(options),
      model_(std::move(model)),
      verifier_(model_, word_verifier_options(options)) {}

/// A chunk that throws is done again item by item, so that the others go on.
std::vector<nlohmann::ordered_json> SentenceVerifier::lines(
    std::span<const NumberedSentence> items) {
  try {
    return decided(items);
  } catch (const Error& error) {
    if (items.size() == 1) return {error_line(items[0].index, items[0].sentence, error.what())};
  } catch (const c10::Error& error) {
    if (items.size() == 1)
      return {error_line(items[0].index, items[0].sentence, error.what_without_backtrace())};
  }
  std::vector<nlohmann::ordered_json> all;
  for (size_t i = 0; i < items.size(); ++i) all.push_back(lines(items.subspan(i, 1)).front());
  return all;
}

WordProblem SentenceVerifier::problem_of(const NumberedSentence& item) {
  WordProblem problem = word_problem(item.sentence, model_, options_.budget);
  if (problem.label < 0 || problem.label >= model_.classes())
    throw DataError("label: expected 0 to " + std::to_string(model_.classes() - 1) + ", got " +
                    std::to_string(problem.label));
  return problem;
}

std::vector<nlohmann::ordered_json> SentenceVerifier::decided(
    std::span<const NumberedSentence> items) {
  std::vector<WordProblem> problems;
  for (const NumberedSentence& item : items) problems.push_back(problem_of(item));
  std::vector<nlohmann::ordered_json> all;
  if (options_.budget > 0) {
    const std::vector<WordResult> results = verifier_.verify(problems);
    for (size_t i = 0; i < items.size(); ++i)
      all.push_back(
          synonym_line(items[i].index, items[i].sentence, problems[i], results[i], model_));
    return all;
  }
  for (size_t i = 0; i < items.size(); ++i)
    all.push_back(radius_line(items[i].index, items[i].sentence, problems[i], radii(problems[i]),
                              options_.positions == "one", model_));
  return all;
}

/// For each word but [CLS] and [SEP], or for all of these at once; 0 for a wrong answer.
std::vector<Radius> SentenceVerifier::radii(const WordProblem& problem) {
  const int64_t count = problem.length() - 2;
  const bool is_each = options_.positions == "one";
  const at::Tensor words = model_.embed(at::tensor(problem.words, at::kLong).unsqueeze(0));
  const int64_t width = words.size(2), balls = is_each ? count : 1;
  const at::Tensor elements = at::arange(width, (count + 1) * width, at::kLong);
  const at::Tensor ids = at::tensor(problem.words, at::kLong).unsqueeze(0);
  if (margins(model_, ids, problem.label).item<double>() <= 0)
    return std::vector<Radius>(static_cast<size_t>(balls));
  return search_radii(model_.graph(problem.length()), words.expand({balls, -1, -1}),
                      is_each ? elements.view({count, width}) : elements.unsqueeze(0),
                      margin_rows({problem}, model_.classes(), words.scalar_type()),
                      radius_search_options(options_));
}

}  // namespace limbeck::verify
