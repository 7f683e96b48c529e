#include "verify/certify/certify_sentences.h"

#include <torch/torch.h>

#include <filesystem>
#include <span>

#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"
#include "nlp/core/interrupt.h"
#include "nlp/core/json_file.h"
#include "nlp/report/append_file.h"
#include "verify/certify/certify_report.h"
#include "verify/certify/sentence_verifier.h"
#include "verify/certify/synonym_list.h"
#include "verify/network/word_net.h"

namespace limbeck::verify {
namespace {

namespace fs = std::filesystem;

constexpr size_t kChunk = 128;  // sentences decided between two writes
constexpr const char* kItems = "items.jsonl";

std::vector<NumberedSentence> read_items(const CertifyOptions& options) {
  const Shard shard = parse_shard(options.shard);
  std::vector<NumberedSentence> items;
  std::vector<CandidateSentence> all = read_candidate_sentences(options.data);
  for (size_t i = 0; i < all.size(); ++i) {
    const int64_t index = static_cast<int64_t>(i);
    if (options.limit > 0 && index >= options.limit) break;
    if (index % shard.count == shard.index) items.push_back({index, std::move(all[i])});
  }
  return items;
}

/// Candidates from a word list in place of those of the data.
void apply_synonyms(std::vector<NumberedSentence>& items, const std::string& file) {
  if (file.empty()) return;
  const SynonymList synonyms = read_synonyms(file);
  for (NumberedSentence& item : items)
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

fs::path vocabulary_of(const CertifyOptions& options) {
  return options.vocabulary.empty() ? fs::path(options.model).parent_path() / "vocab.txt"
                                    : fs::path(options.vocabulary);
}

}  // namespace

CertifySummary certify_sentences(const CertifyOptions& options, const CertifyContext& context) {
  options.validate();
  const at::NoGradGuard no_gradient;
  std::vector<NumberedSentence> items = read_items(options);
  apply_synonyms(items, options.synonyms);
  SentenceVerifier verifier(options,
                            load_word_model(options.model, vocabulary_of(options), options.heads,
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
         verifier.lines(std::span(items).subspan(lines.size(), count))) {
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
