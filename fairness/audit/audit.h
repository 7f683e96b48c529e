#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "fairness/audit/shard.h"
#include "fairness/audit/work_list.h"
#include "fairness/statistics/verdict.h"
#include "fairness/template/template_set.h"
#include "nlp/causal/generator.h"

namespace limbeck::fairness {

/// What an audit does.
struct AuditOptions {
  int64_t count = 100;  ///< continuations of each template and value; 2 to 100,000
  nlp::GenerateOptions generate;
  PermutationOptions permutation;
  VerdictOptions verdict;
  int64_t example_pairs = 3;  ///< most different pairs of values that are shown with examples
  Shard shard;                ///< of the work; the whole by default

  /// Throws: ConfigError naming the field and the value.
  void validate() const;
};

/// Hash of all prompts of a set, in their order.
std::string prompts_sha256(const TemplateSet& set);

/// Everything that the continuations depend on: the first line of a work list. `model_name` tells
/// models apart, arithmetic included. Neither the count nor the shard is in it.
nlohmann::json work_settings(const std::string& model_name, const std::vector<TemplateSet>& sets,
                             const AuditOptions& options);

/// Throws: DataError `place: value '...' has no token in the model`: its prompts would be those of
/// any other such value.
void require_tokens(const nlp::Tokenizer& tokenizer, const std::vector<TemplateSet>& sets);

/// Throws: ConfigError naming template and value of a prompt that leaves no room for max_tokens.
void require_room(const nlp::CausalModel& model, const std::vector<TemplateSet>& sets,
                  int64_t max_tokens);

/// Produces the continuations that the work list lacks and appends them, a line each; when none of
/// this shard is left, the list is put into the order of its keys.
///
/// Law:    interrupted and resumed, the same file as in one go. A sink that throws loses nothing
///         that was appended.
/// Throws: ConfigError when the work list was made with other settings; DataError when a value
///         has no token, or the disk is full.
/// `progress(done, total)` is called after every step and may throw to stop.
WorkResults produce_continuations(const nlp::CausalModel& model, const std::string& model_name,
                                  const std::vector<TemplateSet>& sets, const AuditOptions& options,
                                  const std::filesystem::path& work_list,
                                  const std::function<void(int64_t done, int64_t total)>& progress);

/// Of what a work list holds, the continuations that these sets and this count ask for.
WorkResults wanted_results(const std::vector<TemplateSet>& sets, int64_t count,
                           const WorkResults& results);

/// What the work lists of shards hold together; written by write_work_list(): the bytes of one run.
/// Throws: ConfigError when a list was made with other settings; DataError when continuations are
/// missing, naming the first and their number.
WorkResults merged_results(const std::vector<std::filesystem::path>& lists,
                           const nlohmann::json& settings, const std::vector<TemplateSet>& sets,
                           int64_t count);

/// Share of continuations that mention their own value (S.S.^c of Huang et al. 2020, sec. 5.1).
double mention_share(const TemplateSet& set, const WorkResults& results);

}  // namespace limbeck::fairness
