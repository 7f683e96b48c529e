#include "verify/certify/sentence_verifier.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "nlp/core/errors.h"
#include "verify/certify/bound_options.h"
#include "verify/certify/chunk_lines.h"
#include "verify/certify/margin.h"
#include "verify/certify/radius_attack.h"

namespace limbeck::verify {

SentenceVerifier::SentenceVerifier(CertifyOptions options, SentenceModel& model)
    : options_(std::move(options)),
      sentences_(model),
      model_(model.model()),
      verifier_(model_, word_verifier_options(options_)) {
  if (!options_.certificate) return;
  certificates_ = std::make_unique<CertificateWriter>(
      model_, certified_model_files(options_.model, vocabulary_of(options_)),
      std::filesystem::path(options_.output) / "certificates");
}

std::vector<nlohmann::ordered_json> SentenceVerifier::lines(
    std::span<const NumberedSentence> items) {
  return chunk_lines(
      items, [this](std::span<const NumberedSentence> chunk) { return decided(chunk); },
      [](const NumberedSentence& item, const std::string& message) {
        return error_line(item.index, item.sentence, message);
      });
}

WordProblem SentenceVerifier::problem_of(const NumberedSentence& item) {
  WordProblem problem = sentences_.reader().read(item.sentence, options_.budget);
  problem.label = label_of(item.sentence, sentences_.labels());
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
  if (options_.budget == 0) {
    for (size_t i = 0; i < items.size(); ++i) all.push_back(with_radii(items[i], problems[i]));
    return all;
  }
  std::vector<WordResult> results = verifier_.verify(problems);
  for (size_t i = 0; i < items.size(); ++i)
    all.push_back(with_synonyms(items[i], problems[i], std::move(results[i])));
  return all;
}

/// A counterexample that the network itself does not confirm is none: rounding apart, the graph
/// would be wrong.
nlohmann::ordered_json SentenceVerifier::with_synonyms(const NumberedSentence& item,
                                                       const WordProblem& problem,
                                                       WordResult result) {
  if (result.verdict == Verdict::kFalsified &&
      !(replayed_margin(model_, with_replacements(problem, result.replacements), problem.label) <=
        0)) {
    result.verdict = Verdict::kUnknown;
    result.decided_by = "replay";
  }
  nlohmann::ordered_json line = synonym_line(item.index, item.sentence, problem, result, model_);
  if (certificates_) add_certificate(item, problem, result, line);
  if (options_.explain)
    line["explain"] =
        result.decided_by == "original"
            ? nlohmann::ordered_json(nullptr)
            : explained(problem, region_of({problem}, model_),
                        options_.method == "auto" ? word_verifier_options(options_).tight_method
                                                  : options_.method);
  return line;
}

nlohmann::ordered_json SentenceVerifier::with_radii(const NumberedSentence& item,
                                                    const WordProblem& problem) {
  const at::Tensor words = model_.embed(at::tensor(problem.words, at::kLong).unsqueeze(0));
  const RadiusSearchOptions search = radius_search_options(options_);
  const SentenceRegions regions =
      sentence_regions(words, {problem.before, problem.length() - problem.before - problem.after},
                       parse_positions(options_.positions), search.norm);
  const RadiusResult result = radii(problem, regions);
  nlohmann::ordered_json line = radius_line(item.index, item.sentence, problem, result, model_);
  if (certificates_) add_certificate(item, problem, result, line);
  if (!options_.explain) return line;
  if (!result.is_right) {
    line["explain"] = nullptr;
    return line;
  }
  const auto weakest = std::ranges::min_element(result.radii, {}, &Radius::certified);
  const double radius = std::isfinite(weakest->refused) ? weakest->refused : weakest->certified;
  const std::unique_ptr<Region> region =
      regions.grow(at::full({1}, weakest - result.radii.begin(), at::kLong),
                   at::full({1}, radius, words.options()));
  line["explain"] = {{"radius", radius}};
  if (result.is_each_word)
    line["explain"]["position"] = weakest - result.radii.begin() + problem.before;
  line["explain"].update(explained(problem, *region, result.method));
  return line;
}

RadiusResult SentenceVerifier::radii(const WordProblem& problem, const SentenceRegions& regions) {
  RadiusResult result;
  result.is_each_word = parse_positions(options_.positions).is_each;
  result.asked = options_.radius;
  const at::Tensor ids = at::tensor(problem.words, at::kLong).unsqueeze(0);
  result.is_right = margins(model_, ids, problem.label).item<double>() > 0;
  result.radii.resize(static_cast<size_t>(regions.count), Radius{.flipped = 0});
  if (!result.is_right) return result;
  const RadiusSearchOptions search = radius_search_options(options_);
  const Graph& graph = model_.graph(model_.layout(problem.words));
  const at::Tensor rows = margin_rows({problem}, model_.classes(), graph.dtype());
  result.method = radius_method(graph, regions.grow, search).name;
  result.radii = search_radii(graph, regions.grow, regions.count, rows, search);
  attack_radii(graph, regions.grow, rows, result.radii, radius_attack_options(options_));
  return result;
}

/// By the method of the verdict where that is a single bound; "auto" splits words under its cheap
/// bound, which a checker follows fastest.
void SentenceVerifier::add_certificate(const NumberedSentence& item, const WordProblem& problem,
                                       const WordResult& result, nlohmann::ordered_json& line) {
  const WordVerifierOptions options = word_verifier_options(options_);
  set_certificate(line, [&] {
    return result.verdict == Verdict::kCertified
               ? certificates_->write_synonyms(item.index, item.sentence, problem, options.method,
                                               options.bound)
               : "";
  });
}

void SentenceVerifier::add_certificate(const NumberedSentence& item, const WordProblem& problem,
                                       const RadiusResult& result, nlohmann::ordered_json& line) {
  const MovedWords moved = parse_positions(options_.positions);
  BallClaim claim{{}, result.radii, options_.norm, moved.at_most};
  for (int64_t t = problem.before; t < problem.length() - problem.after; ++t) {
    if (moved.is_each || claim.positions.empty()) claim.positions.emplace_back();
    claim.positions.back().push_back(t);
  }
  set_certificate(line, [&] {
    return line["state"] == "certified"
               ? certificates_->write_balls(item.index, item.sentence, problem, claim,
                                            result.method, radius_search_options(options_).bound)
               : "";
  });
}

nlohmann::ordered_json SentenceVerifier::explained(const WordProblem& problem, const Region& region,
                                                   const std::string& name) {
  const BoundMethod& method = find_bound_method(name);
  const Graph& graph = model_.graph(model_.layout(problem.words));
  return explanation_json(
      explain_bound(graph, region, margin_rows({problem}, model_.classes(), region.dtype()), method,
                    bound_options(options_))
          .front(),
      graph);
}

}  // namespace limbeck::verify
