#include "verify/certify/certify_sentences.h"

#include <torch/torch.h>

#include <filesystem>
#include <limits>
#include <optional>

#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"
#include "nlp/core/interrupt.h"
#include "nlp/core/json_file.h"
#include "nlp/report/append_file.h"
#include "verify/certify/certify_report.h"
#include "verify/certify/item_lines.h"
#include "verify/certify/margin.h"
#include "verify/certify/synonym_list.h"
#include "verify/network/word_net.h"

namespace limbeck::verify {
namespace {

namespace fs = std::filesystem;

constexpr size_t kChunk = 128;  // sentences decided between two writes
constexpr const char* kItems = "items.jsonl";

/// A sentence of the run and its place in the file.
struct Item {
  int64_t index = 0;
  CandidateSentence sentence;
};

std::vector<Item> read_items(const CertifyOptions& options) {
  const Shard shard = parse_shard(options.shard);
  std::vector<Item> items;
  std::vector<CandidateSentence> all = read_candidate_sentences(options.data);
  for (size_t i = 0; i < all.size(); ++i) {
    const int64_t index = static_cast<int64_t>(i);
    if (options.limit > 0 && index >= options.limit) break;
    if (index % shard.count == shard.index) items.push_back({index, std::move(all[i])});
  }
  return items;
}

/// Candidates from a word list in place of those of the data.
void apply_synonyms(std::vector<Item>& items, const std::string& file) {
  if (file.empty()) return;
  const SynonymList synonyms = read_synonyms(file);
  for (Item& item : items)
    item.sentence.candidates = candidates_of(item.sentence.sentence, synonyms);
}

/// Whole lines that an earlier run has written; a cut last line is left out.
std::vector<nlohmann::json> read_lines(const fs::path& file, uint64_t& kept_bytes) {
  std::vector<nlohmann::json> lines;
  kept_bytes = 0;
  if (!fs::exists(file)) return lines;
  const std::string text = read_file(file);
  for (size_t start = 0, end; (end = text.find('\n', start)) != std::string::npos;
       start = end + 1) {
    lines.push_back(parse_json(std::string_view(text).substr(start, end - start), file.string()));
    kept_bytes = end + 1;
  }
  return lines;
}

class Run {
 public:
  Run(const CertifyOptions& options, WordModel model)
      : options_(options), model_(std::move(model)), verifier_(model_, verifier_options()) {}

  /// One line an item. A chunk that throws is done again item by item, so that the others go on.
  std::vector<nlohmann::ordered_json> lines(std::span<const Item> items) {
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

 private:
  BoundOptions bound_options() const {
    BoundOptions bound;
    bound.memory_bytes = options_.mem_limit << 20;
    bound.iterations = options_.alpha_iterations;
    bound.learning_rate = options_.alpha_rate;
    return bound;
  }

  WordVerifierOptions verifier_options() const {
    WordVerifierOptions options;
    options.bound = bound_options();
    options.time_limit_s = options_.time_limit;
    if (options_.method != "auto") options.method = options_.method, options.is_complete = false;
    return options;
  }

  WordProblem problem_of(const Item& item) {
    WordProblem problem = word_problem(item.sentence, model_, options_.budget);
    if (problem.label < 0 || problem.label >= model_.classes())
      throw DataError("label: expected 0 to " + std::to_string(model_.classes() - 1) + ", got " +
                      std::to_string(problem.label));
    return problem;
  }

  std::vector<nlohmann::ordered_json> decided(std::span<const Item> items) {
    std::vector<WordProblem> problems;
    for (const Item& item : items) problems.push_back(problem_of(item));
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
  std::vector<Radius> radii(const WordProblem& problem) {
    const int64_t count = problem.length() - 2;
    const bool is_each = options_.positions == "one";
    const at::Tensor words = model_.embed(at::tensor(problem.words, at::kLong).unsqueeze(0));
    const int64_t width = words.size(2), balls = is_each ? count : 1;
    const at::Tensor elements = at::arange(width, (count + 1) * width, at::kLong);
    const at::Tensor ids = at::tensor(problem.words, at::kLong).unsqueeze(0);
    if (margins(model_, ids, problem.label).item<double>() <= 0)
      return std::vector<Radius>(static_cast<size_t>(balls));
    RadiusSearchOptions options;
    options.norm =
        options_.norm == "inf" ? std::numeric_limits<double>::infinity() : std::stod(options_.norm);
    options.bound = bound_options();
    if (options_.method != "auto") options.method = options_.method;
    return search_radii(model_.graph(problem.length()), words.expand({balls, -1, -1}),
                        is_each ? elements.view({count, width}) : elements.unsqueeze(0),
                        margin_rows({problem}, model_.classes(), words.scalar_type()), options);
  }

  const CertifyOptions& options_;
  WordModel model_;
  WordVerifier verifier_;
};

fs::path vocabulary_of(const CertifyOptions& options) {
  return options.vocabulary.empty() ? fs::path(options.model).parent_path() / "vocab.txt"
                                    : fs::path(options.vocabulary);
}

}  // namespace

CertifySummary certify_sentences(const CertifyOptions& options, const CertifyContext& context) {
  options.validate();
  const at::NoGradGuard no_gradient;
  std::vector<Item> items = read_items(options);
  apply_synonyms(items, options.synonyms);
  Run run(options, load_word_model(options.model, vocabulary_of(options), options.heads,
                                   options.arith == "fast" ? at::kFloat : at::kDouble));
  OutputDirectory output(options.output, context.existing);
  if (context.on_start) context.on_start(output.path());
  uint64_t kept_bytes = 0;
  std::vector<nlohmann::json> lines = read_lines(output.path() / kItems, kept_bytes);
  if (lines.size() > items.size())
    throw DataError((output.path() / kItems).string() + ": expected at most " +
                    std::to_string(items.size()) + " lines, got " + std::to_string(lines.size()) +
                    " (other options than those of the first run?)");
  nlp::AppendFile file(output.path() / kItems, kept_bytes);
  Progress progress("certify", static_cast<int64_t>(items.size()), context.progress);
  while (lines.size() < items.size()) {
    if (interrupt_signal() != 0)
      throw Interrupted("interrupted, the state is saved; continue with: " + context.resume_line,
                        interrupt_signal());
    const size_t count = std::min(kChunk, items.size() - lines.size());
    for (const nlohmann::ordered_json& line :
         run.lines(std::span(items).subspan(lines.size(), count))) {
      file.write(line.dump() + "\n");
      lines.push_back(line);
    }
    file.sync();
    progress.update(static_cast<int64_t>(lines.size()));
  }
  progress.finish();
  write_certify_report(output.path(), options, lines, context.command);
  return summarize(lines);
}

}  // namespace limbeck::verify
