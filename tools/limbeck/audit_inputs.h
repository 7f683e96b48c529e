#pragma once

#include <memory>
#include <string>
#include <vector>

#include "fairness/audit/judgement.h"
#include "tools/limbeck/audit_options.h"
#include "tools/limbeck/command.h"
#include "tools/limbeck/language_model_options.h"

namespace limbeck::tools {

/// The sets that the options name. Throws: ConfigError for none, or an attribute given twice;
/// DataError for an unsound file.
std::vector<fairness::TemplateSet> audit_template_sets(const AuditCommandOptions& options);

/// At most `limit` values of each set, the groups taking turns, in their old order.
void limit_values(std::vector<fairness::TemplateSet>& sets, int64_t limit);

/// What scorers are made from.
struct ScorerSources {
  std::string lexicon = "", opinion_words = "";  ///< word lists; empty: the assets
  std::vector<std::string> classes = {};         ///< of classifiers whose own names say nothing
};

/// Scorers by name: vader and opinion by word lists, else a directory of a classifier. Throws:
/// ConfigError for none, the same name twice, or classes without a classifier; DataError for an
/// unreadable one.
std::vector<std::unique_ptr<fairness::Scorer>> open_scorers(const std::vector<std::string>& names,
                                                            const ScorerSources& sources);

/// Gates of the options, checked. Throws: ConfigError.
fairness::GateOptions audit_gates(const AuditCommandOptions& options);

/// Tells a model apart in work lists: description, hash of its files, arithmetic.
std::string model_identity(const nlp::CausalModel& model, const LanguageModelOptions& options);

/// The command line that repeats an audit's report: without what the report does not depend on.
std::string repeating_line(const Invocation& invocation);

/// A text file as one string. Throws: DataError.
std::string read_whole_text(const std::string& path);

}  // namespace limbeck::tools
