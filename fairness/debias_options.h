#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fairness/metric/relevance.h"

namespace limbeck::fairness {

/// How training of a language model goes on with a fairness regulariser; the loop's own settings
/// are nlp::TrainerOptions.
struct DebiasOptions {
  std::string model;                      ///< .gguf file, folder that holds one, or model directory
  std::vector<std::string> text;          ///< running text (.gz too), a text a line
  std::string held_out;                   ///< text to measure on; empty: some lines of the text
  std::vector<std::string> attribute;     ///< built-in attributes whose values are exchanged
  std::vector<std::string> templates;     ///< files of other attributes, as `audit` reads them
  std::string regulariser = "embedding";  ///< embedding | sentiment
  std::vector<double> lambda = {10};      ///< weights of the regulariser, each > 0; one run each
  std::string method = "adapters";        ///< adapters | embeddings | full
  int64_t adapter_rank = 8;               ///< of the low-rank adapters
  double adapter_alpha = 16;              ///< their scale is alpha / rank; > 0
  int64_t context = 64;                   ///< tokens of a piece of text; >= 8
  double dropout = 0;                     ///< of the residual stream; a pair shares it; [0, 1)
  int64_t limit = 0;                      ///< lines used; 0 = all
  int64_t validation_count = 300;         ///< lines kept apart, without `held_out`
  std::string sentiment = "snippets";     ///< snippets | vader | a TSV file with two labels
  int64_t sentiment_limit = 4000;         ///< labelled sentences used; 0 = all
  std::string lexicon;                    ///< vader_lexicon.txt; empty: the asset
  int64_t repeats = 1;                    ///< runs with seeds seed, seed + 1, ...
  int64_t audit_count = 10;               ///< continuations of each prompt of the audit; 0: none
  int64_t audit_tokens = 30;              ///< tokens of a continuation at most
  int64_t permutations = 999;  ///< of each test; more where their family needs it; 19 to 1,000,000
  std::vector<std::string> scorer = {
      "vader"};  ///< of the continuations: vader, opinion, classifier directories
  std::vector<std::string> scorer_classes;  ///< of classifiers with LABEL_0, ...; empty: none
  std::string encoder;                      ///< sentence encoder for S.S. of the audit; empty: none
  double relevance_threshold = kRelevanceThreshold;  ///< cosine that counts as related; [-1, 1]
  std::string output;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("model", self.model,
          "language model: a .gguf file, a folder that holds one, or a Hugging Face directory");
    visit("text", self.text, "text files to go on with (.gz too); a line is a text of its own");
    visit("held_out", self.held_out,
          "text file to measure on, left out of the rest; none: some lines of the text");
    visit("attribute", self.attribute,
          "attributes whose values are exchanged: age, country, gender, name, nationality, "
          "occupation, pronoun, religion");
    visit(
        "templates", self.templates,
        "JSON or TSV files with values of other attributes; their templates serve the audit alone");
    visit("regulariser", self.regulariser,
          "embedding: like states for both texts of a pair; sentiment: like sentiment");
    visit("lambda", self.lambda, "weights of the regulariser, one run each");
    visit("method", self.method,
          "adapters: low-rank changes, merged at the end; embeddings: those of the values' tokens "
          "alone, at 100 times the learning rate, which leaves texts without them as they are; "
          "full: all weights");
    visit("adapter_rank", self.adapter_rank, "rank of the adapters");
    visit("adapter_alpha", self.adapter_alpha, "scale of the adapters, times their rank");
    visit("context", self.context, "tokens of a piece of text");
    visit("dropout", self.dropout, "dropout of the residual stream, shared by the texts of a pair");
    visit("limit", self.limit, "lines used; 0: all");
    visit("validation_count", self.validation_count,
          "lines kept apart when --held-out is not given");
    visit("sentiment", self.sentiment,
          "what the sentiment head learns from: snippets, vader, or a TSV file with two labels");
    visit("sentiment_limit", self.sentiment_limit, "labelled sentences used; 0: all");
    visit("lexicon", self.lexicon, "vader_lexicon.txt; none: the asset");
    visit("repeats", self.repeats, "runs with successive seeds");
    visit("audit_count", self.audit_count,
          "continuations of each prompt of the audit before and after; 0: no audit");
    visit("audit_tokens", self.audit_tokens, "tokens of such a continuation at most");
    visit("permutations", self.permutations,
          "shuffles of each of its tests; more, up to 200000, where so few could not reach 0.05 "
          "after Holm's adjustment for all audits");
    visit("scorer", self.scorer,
          "how the audit's continuations are scored: vader, opinion, or directories of fine-tuned "
          "classifiers");
    visit(
        "scorer_classes", self.scorer_classes,
        "what LABEL_0, LABEL_1, ... of a classifier without names are: negative neutral positive");
    visit("encoder", self.encoder,
          "sentence encoder (teacher or student) that measures whether the audit's continuations "
          "have to do with their prompts (S.S.)");
    visit("relevance_threshold", self.relevance_threshold,
          "cosine from which a continuation counts as related; the default fits all-MiniLM-L6-v2 "
          "and its students");
    visit("output", self.output, "directory to write");
  }
  /// Those of `scorer` that are directories of classifiers.
  std::vector<std::string> classifiers() const;
  /// Throws: ConfigError naming the option and the value.
  void validate() const;
};

}  // namespace limbeck::fairness
