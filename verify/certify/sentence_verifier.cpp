#include "verify/certify/sentence_verifier.h"

#include <torch/torch.h>

#include <filesystem>

#include "nlp/core/errors.h"
#include "verify/certify/bound_options.h"
#include "verify/certify/item_lines.h"
#include "verify/certify/margin.h"

namespace limbeck::verify {

SentenceVerifier::SentenceVerifier(const CertifyOptions& options, WordModel model)
    : options_(options),
      model_(std::move(model)),
      verifier_(model_, word_verifier_options(options)) {
  if (!options.certificate) return;
  const std::filesystem::path model_file = options.model;
  certificates_ = std::make_unique<CertificateWriter>(
      model_,
      certified_model_files(model_file, options.vocabulary.empty()
                                            ? model_file.parent_path() / "vocab.txt"
                                            : std::filesystem::path(options.vocabulary)),
      std::filesystem::path(options.output) / "certificates");
}

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
    for (size_t i = 0; i < items.size(); ++i) {
      all.push_back(
          synonym_line(items[i].index, items[i].sentence, problems[i], results[i], model_));
      if (certificates_) add_certificate(items[i], problems[i], results[i], all.back());
    }
    return all;
  }
  for (size_t i = 0; i < items.size(); ++i) {
    const std::vector<Radius> found = radii(problems[i]);
    all.push_back(radius_line(items[i].index, items[i].sentence, problems[i], found,
                              options_.positions == "one", model_));
    if (certificates_) add_certificate(items[i], problems[i], found, all.back());
  }
  return all;
}

namespace {

/// "certificate": the file from the output directory; null when none could be written.
void set_certificate(nlohmann::ordered_json& line, const std::string& name) {
  line["certificate"] = nullptr;
  if (!name.empty()) line["certificate"] = name;
}

}  // namespace

/// By the method of the verdict where that is a single bound; "auto" splits words under its cheap
/// bound, which a checker follows fastest.
void SentenceVerifier::add_certificate(const NumberedSentence& item, const WordProblem& problem,
                                       const WordResult& result, nlohmann::ordered_json& line) {
  if (result.verdict != Verdict::kCertified) return set_certificate(line, "");
  const WordVerifierOptions options = word_verifier_options(options_);
  set_certificate(line, certificates_->write_synonyms(item.index, item.sentence, problem,
                                                      options.method, options.bound));
}

void SentenceVerifier::add_certificate(const NumberedSentence& item, const WordProblem& problem,
                                       const std::vector<Radius>& radii,
                                       nlohmann::ordered_json& line) {
  if (line["state"] != "certified") return set_certificate(line, "");
  std::vector<std::vector<int64_t>> positions;
  for (int64_t t = 1; t + 1 < problem.length(); ++t) {
    if (options_.positions == "one" || positions.empty()) positions.emplace_back();
    positions.back().push_back(t);
  }
  const RadiusSearchOptions options = radius_search_options(options_);
  set_certificate(line,
                  certificates_->write_balls(item.index, item.sentence, problem, positions, radii,
                                             options_.norm, options.method, options.bound));
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
