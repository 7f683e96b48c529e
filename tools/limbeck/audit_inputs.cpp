#include "tools/limbeck/audit_inputs.h"

#include <algorithm>
#include <set>

#include "data/asset.h"
#include "data/read/line_reader.h"
#include "distill/teacher/teacher_cache.h"
#include "fairness/score/opinion_words.h"
#include "fairness/score/vader.h"
#include "fairness/template/intersection.h"
#include "nlp/core/sha256.h"
#include "tools/limbeck/classifier_scorer.h"
#include "tools/limbeck/text_input.h"

namespace limbeck::tools {
namespace {

namespace fs = std::filesystem;

fs::path lexicon_file(const std::string& lexicon) {
  return lexicon.empty() ? data::require_asset("lexicon") / "vader_lexicon.txt" : fs::path(lexicon);
}

std::unique_ptr<fairness::Scorer> open_scorer(const std::string& name,
                                              const ScorerSources& sources) {
  if (name == "vader")
    return std::make_unique<fairness::VaderScorer>(lexicon_file(sources.lexicon));
  if (name == "opinion")
    return std::make_unique<fairness::OpinionWordScorer>(sources.opinion_words.empty()
                                                             ? lexicon_file(sources.lexicon)
                                                             : fs::path(sources.opinion_words));
  return std::make_unique<ClassifierScorer>(name, sources.classes);
}

/// Indices of the values that stay: the first of each group, then the second of each, ...
std::set<size_t> kept_values(const fairness::TemplateSet& set, int64_t limit) {
  std::set<size_t> kept;
  const std::vector<std::string> groups = set.groups();
  for (size_t round = 0; kept.size() < static_cast<size_t>(limit) && round < set.values.size();
       ++round)
    for (const std::string& group : groups) {
      size_t seen = 0;
      for (size_t a = 0; a < set.values.size(); ++a)
        if (set.values[a].group == group && seen++ == round &&
            kept.size() < static_cast<size_t>(limit))
          kept.insert(a);
    }
  return kept;
}

}  // namespace

std::vector<fairness::TemplateSet> audit_template_sets(const AuditCommandOptions& options) {
  std::vector<fairness::TemplateSet> sets;
  for (const std::string& name : options.attribute)
    sets.push_back(fairness::builtin_template_set(name));
  for (const std::string& file : options.templates)
    sets.push_back(fairness::read_template_set(file));
  if (sets.empty()) throw ConfigError("--attribute: expected an attribute, or --templates FILE");
  for (size_t i = 0; i < sets.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (sets[i].attribute == sets[j].attribute)
        throw ConfigError("attribute '" + sets[i].attribute + "' is given twice");
  limit_values(sets, options.limit);
  if (options.intersections < 1 || options.intersections > 4)
    throw ConfigError("--intersections: expected 1 to 4, got " +
                      std::to_string(options.intersections));
  if (options.intersections > 1)
    for (fairness::TemplateSet& set : fairness::intersections(sets, options.intersections))
      sets.push_back(std::move(set));
  return sets;
}

void limit_values(std::vector<fairness::TemplateSet>& sets, int64_t limit) {
  if (limit < 0 || limit == 1)
    throw ConfigError("--limit: expected 0 or at least 2 values, got " + std::to_string(limit));
  if (limit == 0) return;
  for (fairness::TemplateSet& set : sets) {
    const std::set<size_t> kept = kept_values(set, limit);
    std::vector<fairness::AttributeValue> values;
    for (const size_t a : kept) values.push_back(set.values[a]);
    set.values = std::move(values);
  }
}

std::vector<std::unique_ptr<fairness::Scorer>> open_scorers(const std::vector<std::string>& names,
                                                            const ScorerSources& sources) {
  if (!sources.classes.empty() && std::ranges::none_of(names, fairness::is_classifier))
    throw ConfigError("--scorer-classes: expected the directory of a classifier as --scorer");
  std::vector<std::unique_ptr<fairness::Scorer>> scorers;
  for (const std::string& name : names) {
    scorers.push_back(open_scorer(name, sources));
    for (size_t i = 0; i + 1 < scorers.size(); ++i)
      if (scorers[i]->name() == scorers.back()->name())
        throw ConfigError("--scorer: '" + scorers[i]->name() + "' is given twice");
  }
  if (scorers.empty())
    throw ConfigError("--scorer: expected vader, opinion or a classifier directory");
  return scorers;
}

fairness::GateOptions audit_gates(const AuditCommandOptions& options) {
  fairness::GateOptions gates;
  gates.fail_on = options.fail_on;
  for (const std::string& text : options.threshold)
    gates.thresholds.push_back(fairness::parse_threshold(text));
  gates.validate(!options.encoder.empty(), !options.text.empty());
  return gates;
}

std::string model_identity(const nlp::CausalModel& model, const LanguageModelOptions& options) {
  const fs::path path = options.model;
  const auto gguf = nlp::find_gguf(path);
  const std::string hash =
      gguf ? sha256_hex_of_file(*gguf).substr(0, 32) : distill::model_directory_key(path);
  return model.description() + ", " + hash + ", " +
         (options.dtype == "auto" ? "bfloat16" : options.dtype);
}

std::string repeating_line(const Invocation& invocation) {
  static const std::set<std::string> kLeftOut = {
      "--output",   "--overwrite", "--resume", "--merge",      "--shard",   "--threads",
      "--progress", "--format",    "--junit",  "--batch-size", "--no-color"};
  Invocation kept;
  bool is_skipping = false;
  for (const std::string& word : invocation.words) {
    if (word.starts_with("--")) is_skipping = kLeftOut.contains(word.substr(0, word.find('=')));
    if (!is_skipping) kept.words.push_back(word);
  }
  kept.words.insert(kept.words.end(), {"--output", "DIR"});
  return kept.line();
}

std::string read_whole_text(const std::string& path) {
  data::LineReader reader(path);
  std::string text;
  for (std::string line; reader.next(line);) text += line + "\n";
  return text;
}

}  // namespace limbeck::tools
