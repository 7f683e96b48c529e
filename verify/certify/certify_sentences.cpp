#include "verify/certify/certify_sentences.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <memory>
#include <span>

#include "nlp/core/errors.h"
#include "verify/certify/certify_inputs.h"
#include "verify/certify/item_run.h"
#include "verify/certify/method_comparison.h"
#include "verify/certify/sentence_verifier.h"
#include "verify/certify/synonym_list.h"

namespace limbeck::verify {
namespace {

/// Sentences decided between two writes: sets of synonyms are bounded together, radii one by one.
size_t chunk_of(const CertifyOptions& options) { return options.budget > 0 ? 128 : 1; }

std::vector<NumberedSentence> read_items(const CertifyOptions& options) {
  std::vector<CandidateSentence> all = read_candidate_sentences(options.data);
  std::vector<NumberedSentence> items;
  for (const int64_t index : chosen_items(static_cast<int64_t>(all.size()), options))
    items.push_back({index, std::move(all[static_cast<size_t>(index)])});
  return items;
}

/// Candidates from a word list in place of those of the data.
void apply_synonyms(std::vector<NumberedSentence>& items, const std::string& file,
                    bool cuts_punctuation) {
  if (file.empty()) return;
  const SynonymList synonyms = read_synonyms(file);
  for (NumberedSentence& item : items)
    item.sentence.candidates = candidates_of(item.sentence.sentence, synonyms, cuts_punctuation);
}

}  // namespace

CertifySummary certify_sentences(const CertifyOptions& options, const CertifyContext& context) {
  options.validate();
  if (is_torchscript(options.model)) return certify_inputs(options, context);
  const at::NoGradGuard no_gradient;
  std::vector<NumberedSentence> items = read_items(options);
  SentenceModel model = load_sentence_model(options);
  apply_synonyms(items, options.synonyms, model.cuts_punctuation());
  const MethodComparison methods(options, [&](const CertifyOptions& own) -> DecideItems {
    const auto verifier = std::make_shared<SentenceVerifier>(own, model);
    return [verifier, &items](size_t first, size_t count) {
      return verifier->lines(std::span(items).subspan(first, count));
    };
  });
  return run_items({items.size(), chunk_of(options),
                    [&](size_t first, size_t count) { return methods.lines(first, count); }},
                   options, context);
}

}  // namespace limbeck::verify
