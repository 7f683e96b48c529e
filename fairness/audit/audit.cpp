#include "fairness/audit/audit.h"

#include <algorithm>

#include "nlp/core/errors.h"
#include "nlp/core/sha256.h"
#include "nlp/report/append_file.h"
#include "nlp/text/phrase_matcher.h"

namespace limbeck::fairness {
namespace {

WorkList open_work_list(const std::filesystem::path& file, const nlohmann::json& settings) {
  if (!std::filesystem::exists(file) || std::filesystem::file_size(file) == 0) return {};
  WorkList list = read_work_list(file);
  if (list.bytes > 0 && list.settings != settings)
    throw ConfigError(file.string() +
                      ": made with other settings (model, templates, seed or sampling); "
                      "give the same ones or --overwrite");
  return list;
}

/// Calls `visit(set, template_index, value_index)` for each prompt, in the order that shards count.
template <class Visit>
void each_prompt(const std::vector<TemplateSet>& sets, Visit visit) {
  for (const TemplateSet& set : sets)
    for (size_t m = 0; m < set.templates.size(); ++m)
      for (size_t a = 0; a < set.values.size(); ++a)
        visit(set, static_cast<int64_t>(m), static_cast<int64_t>(a));
}

/// The prompts of this shard and what is still to be done for them.
struct Work {
  std::vector<WorkKey> keys;  ///< of continuation 0 of each prompt
  std::vector<nlp::GenerationPrompt> prompts;
  std::vector<nlp::GenerationItem> items;
  int64_t total = 0;
};

Work open_work(const std::vector<TemplateSet>& sets, const AuditOptions& options,
               const WorkResults& done) {
  Work work;
  int64_t number = 0;
  each_prompt(sets, [&](const TemplateSet& set, int64_t m, int64_t a) {
    if (!options.shard.holds(number++)) return;
    const std::string text =
        fill_template(set.templates[static_cast<size_t>(m)], set.values[static_cast<size_t>(a)]);
    work.keys.push_back({set.attribute, m, a, 0});
    work.prompts.push_back({text, set.attribute + "/" + text});
    for (int64_t i = 0; i < options.count; ++i, ++work.total)
      if (!done.contains({set.attribute, m, a, i}))
        work.items.push_back({static_cast<int64_t>(work.prompts.size()) - 1, i});
  });
  return work;
}

}  // namespace

void AuditOptions::validate() const {
  generate.validate();
  if (count < 2 || count > 100'000)
    throw ConfigError("count: expected 2 to 100000, got " + std::to_string(count));
  if (permutation.permutations < 19 || permutation.permutations > 1'000'000)
    throw ConfigError("permutations: expected 19 to 1000000, got " +
                      std::to_string(permutation.permutations));
  if (!(verdict.alpha > 0 && verdict.alpha < 1))
    throw ConfigError("alpha: expected more than 0, less than 1, got " +
                      nlohmann::json(verdict.alpha).dump());
  if (!(verdict.tolerance >= 0 && verdict.tolerance <= 1))
    throw ConfigError("tolerance: expected 0 to 1, got " +
                      nlohmann::json(verdict.tolerance).dump());
}

void require_tokens(const nlp::Tokenizer& tokenizer, const std::vector<TemplateSet>& sets) {
  for (const TemplateSet& set : sets)
    for (const AttributeValue& value : set.values) {
      std::vector<int32_t> ids;
      tokenizer.append_ids(value.text, std::nullopt, 1 << 30, ids);
      if (ids.empty())
        throw DataError(set.attribute + ": value '" + value.text + "' has no token in the model");
    }
}

void require_room(const nlp::CausalModel& model, const std::vector<TemplateSet>& sets,
                  int64_t max_tokens) {
  each_prompt(sets, [&](const TemplateSet& set, int64_t m, int64_t a) {
    const AttributeValue& value = set.values[static_cast<size_t>(a)];
    nlp::require_room(
        model, fill_template(set.templates[static_cast<size_t>(m)], value), max_tokens,
        set.attribute + ": template " + std::to_string(m + 1) + " with '" + value.text + "'");
  });
}

std::string prompts_sha256(const TemplateSet& set) {
  nlohmann::json prompts = nlohmann::json::array();
  for (const std::string& source : set.templates)
    for (const AttributeValue& value : set.values) prompts.push_back(fill_template(source, value));
  return sha256_hex(prompts.dump());
}

nlohmann::json work_settings(const std::string& model_name, const std::vector<TemplateSet>& sets,
                             const AuditOptions& options) {
  nlohmann::json attributes = nlohmann::json::array();
  for (const TemplateSet& set : sets)
    attributes.push_back({{"attribute", set.attribute}, {"sha256", prompts_sha256(set)}});
  const nlp::SamplingOptions& sampling = options.generate.sampling;
  return {{"version", 1},
          {"model", model_name},
          {"max_tokens", options.generate.max_tokens},
          {"seed", options.generate.seed},
          {"temperature", sampling.temperature},
          {"top_k", sampling.top_k},
          {"top_p", sampling.top_p},
          {"attributes", attributes}};
}

WorkResults produce_continuations(const nlp::CausalModel& model, const std::string& model_name,
                                  const std::vector<TemplateSet>& sets, const AuditOptions& options,
                                  const std::filesystem::path& file,
                                  const std::function<void(int64_t, int64_t)>& progress) {
  options.validate();
  require_tokens(model.tokenizer(), sets);
  const nlohmann::json settings = work_settings(model_name, sets, options);
  WorkList list = open_work_list(file, settings);
  const Work work = open_work(sets, options, list.results);
  nlp::AppendFile out(file, list.bytes);
  if (list.bytes == 0) out.write(settings_line(settings));
  int64_t done = work.total - static_cast<int64_t>(work.items.size());
  std::string lines;
  nlp::GenerationSink sink;
  sink.finished = [&](const nlp::Continuation& one) {
    WorkKey key = work.keys[static_cast<size_t>(one.item.prompt)];
    key.continuation = one.item.index;
    const WorkResult result{one.text, static_cast<int64_t>(one.ids.size()), one.ended};
    lines += result_line(key, result);
    list.results[key] = result;
    ++done;
  };
  sink.step = [&] {
    if (!lines.empty()) out.write(lines);
    lines.clear();
    if (progress) progress(done, work.total);
  };
  nlp::generate(model, work.prompts, work.items, options.generate, sink);
  out.write(lines);
  out.sync();
  write_work_list(file, settings, list.results);
  return list.results;
}

WorkResults wanted_results(const std::vector<TemplateSet>& sets, int64_t count,
                           const WorkResults& results) {
  WorkResults wanted;
  each_prompt(sets, [&](const TemplateSet& set, int64_t m, int64_t a) {
    for (int64_t i = 0; i < count; ++i) {
      const auto found = results.find({set.attribute, m, a, i});
      if (found != results.end()) wanted.insert(*found);
    }
  });
  return wanted;
}

WorkResults merged_results(const std::vector<std::filesystem::path>& lists,
                           const nlohmann::json& settings, const std::vector<TemplateSet>& sets,
                           int64_t count) {
  WorkResults all;
  for (const std::filesystem::path& file : lists) {
    const WorkList list = read_work_list(file);
    if (list.settings != settings)
      throw ConfigError(file.string() +
                        ": made with other settings (model, templates, seed or sampling) than "
                        "this command line's");
    all.insert(list.results.begin(), list.results.end());
  }
  int64_t missing = 0;
  std::string first;
  each_prompt(sets, [&](const TemplateSet& set, int64_t m, int64_t a) {
    for (int64_t i = 0; i < count; ++i) {
      if (all.contains({set.attribute, m, a, i})) continue;
      if (missing++ == 0)
        first = set.attribute + ", template " + std::to_string(m + 1) + ", value '" +
                set.values[static_cast<size_t>(a)].text + "', continuation " +
                std::to_string(i + 1);
    }
  });
  if (missing > 0)
    throw DataError("merge: " + std::to_string(missing) + " continuations are missing, first " +
                    first + " (is a shard missing or unfinished?)");
  return all;
}

double mention_share(const TemplateSet& set, const WorkResults& results) {
  int64_t mentions = 0, all = 0;
  for (const auto& [key, result] : results) {
    if (key.attribute != set.attribute ||
        key.value_index >= static_cast<int64_t>(set.values.size()))
      continue;
    ++all;
    const std::string& value = set.values[static_cast<size_t>(key.value_index)].text;
    mentions += nlp::PhraseMatcher::count(result.text, value) > 0;
  }
  return all == 0 ? 0 : static_cast<double>(mentions) / static_cast<double>(all);
}

}  // namespace limbeck::fairness
