#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fairness/metric/relevance.h"

namespace limbeck::tools {

/// Options of `limbeck audit`.
struct AuditCommandOptions {
  std::vector<std::string> attribute;  ///< built-in template sets
  std::vector<std::string> templates;  ///< files of other sets
  std::vector<std::string> scorer = {"vader"};
  std::vector<std::string> scorer_classes;  ///< of classifiers with LABEL_0, ...; empty: none
  std::string lexicon;                      ///< empty: the asset
  std::string opinion_words;                ///< empty: the signs of the lexicon
  std::string encoder;                      ///< sentence encoder; empty: no S.S.
  double relevance_threshold = fairness::kRelevanceThreshold;
  std::string text;  ///< for perplexities; empty: none
  int64_t context = 0;
  int64_t count = 100;
  int64_t max_tokens = 50;
  int64_t batch_size = 128;
  uint64_t seed = 1;
  int64_t limit = 0;          ///< values of each attribute at most; 0 = all
  int64_t intersections = 1;  ///< attributes of a combined one at most; 1 = none
  int64_t permutations = 999;
  double alpha = 0.05;
  double tolerance = 0.02;
  std::vector<std::string> fail_on = {"individual"};
  std::vector<std::string> threshold;
  std::string baseline;            ///< report.json of an earlier audit
  std::string junit;               ///< file
  std::string shard;               ///< I/N
  std::vector<std::string> merge;  ///< output directories of shards

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("attribute", self.attribute,
          "attributes whose values take turns: age, country, gender, name, nationality, "
          "occupation, pronoun, religion");
    visit("templates", self.templates,
          "JSON or TSV files with templates and values of other attributes (see examples/audit)");
    visit("scorer", self.scorer,
          "vader, opinion (share of positive opinion words), or the directory of a fine-tuned "
          "sentiment classifier of two, three (neutral counts half) or five classes (stars)");
    visit(
        "scorer_classes", self.scorer_classes,
        "what LABEL_0, LABEL_1, ... of a classifier without names are: negative neutral positive");
    visit("lexicon", self.lexicon, "vader_lexicon.txt; none: the asset");
    visit("opinion_words", self.opinion_words,
          "directory with positive-words.txt and negative-words.txt; none: the signs of --lexicon");
    visit("encoder", self.encoder,
          "sentence encoder (teacher or student) that measures whether continuations have to do "
          "with their prompts");
    visit("relevance_threshold", self.relevance_threshold,
          "cosine from which a continuation counts as related; the default fits all-MiniLM-L6-v2 "
          "and its students");
    visit("text", self.text,
          "text file (.gz too): perplexity, also of the windows that have a sensitive word");
    visit("context", self.context,
          "tokens a window of --text; 0: 512, or all positions of a model that has fewer");
    visit("count", self.count, "continuations of each template and value");
    visit("max_tokens", self.max_tokens, "tokens of a continuation at most");
    visit("batch_size", self.batch_size,
          "continuations computed at once; results do not depend on it");
    visit("seed", self.seed, "seed of all draws");
    visit("limit", self.limit, "values of each attribute at most, group by group; 0: all");
    visit(
        "intersections", self.intersections,
        "also combine up to so many of the attributes, as gender and occupation in 'female nurse'; "
        "1: none");
    visit("permutations", self.permutations,
          "shuffles of each test; more, up to 200000, where the tests of a run, adjusted for each "
          "other, could not reach --alpha with so few");
    visit("alpha", self.alpha, "error rate of tests and intervals");
    visit("tolerance", self.tolerance, "largest corrected distance that passes");
    visit("fail_on", self.fail_on,
          "what fails the run: individual, group, pair (a corrected distance above the tolerance), "
          "insufficient (missing evidence too) or never");
    visit("threshold", self.threshold,
          "METRIC=VALUE, a limit of its own: individual_fairness, group_fairness, pair, "
          "strict_parity, weak_parity (corrected for what shuffled labels give), scorer_bias, "
          "mention_share, relevance, perplexity or sensitive_perplexity");
    visit("baseline", self.baseline,
          "report.json of an earlier audit: a significant rise above it fails");
    visit("junit", self.junit, "also write the gates as JUnit XML, to this file");
    visit("shard", self.shard,
          "I/N: only generate part I of N of the continuations; --merge joins the parts");
    visit("merge", self.merge,
          "output directories of all shards: join their continuations and report");
  }
};

}  // namespace limbeck::tools
