#include "fairness/audit/audit.h"

#include <algorithm>

#include "fairness/statistics/multiple_tests.h"
#include "nlp/core/errors.h"
#include "nlp/core/sha256.h"
#include "nlp/report/append_file.h"
#include "nlp/text/phrase_matcher.h"

namespace limbeck::fairness {
namespace {

struct Prompt {
  size_t set;
  int64_t template_index, value_index;
};

/// Everything that the continuations depend on.
nlohmann::json settings_of(const std::string& model_name, const std::vector<TemplateSet>& sets,
                           const AuditOptions& options) {
  nlohmann::json attributes = nlohmann::json::array();
  for (const TemplateSet& set : sets) {
    nlohmann::json prompts = nlohmann::json::array();
    for (const std::string& source : set.templates)
      for (const AttributeValue& value : set.values)
        prompts.push_back(fill_template(source, value));
    attributes.push_back({{"attribute", set.attribute}, {"sha256", sha256_hex(prompts.dump())}});
  }
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

WorkList open_work_list(const std::filesystem::path& file, const nlohmann::json& settings) {
  if (!std::filesystem::exists(file) || std::filesystem::file_size(file) == 0) return {};
  WorkList list = read_work_list(file);
  if (list.bytes > 0 && list.settings != settings)
    throw ConfigError(file.string() +
                      ": made with other settings (model, templates, seed or sampling); "
                      "give the same ones or --overwrite");
  return list;
}

void require_tokens(const nlp::CausalModel& model, const TemplateSet& set) {
  for (const AttributeValue& value : set.values) {
    std::vector<int32_t> ids;
    model.tokenizer().append_ids(value.text, std::nullopt, 1 << 30, ids);
    if (ids.empty())
      throw DataError(set.attribute + ": value '" + value.text + "' has no token in the model");
  }
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

WorkResults produce_continuations(const nlp::CausalModel& model, const std::string& model_name,
                                  const std::vector<TemplateSet>& sets, const AuditOptions& options,
                                  const std::filesystem::path& file,
                                  const std::function<void(int64_t, int64_t)>& progress) {
  options.validate();
  const nlohmann::json settings = settings_of(model_name, sets, options);
  WorkList list = open_work_list(file, settings);
  std::vector<Prompt> keys;
  std::vector<nlp::GenerationPrompt> prompts;
  std::vector<nlp::GenerationItem> items;
  int64_t total = 0;
  for (size_t s = 0; s < sets.size(); ++s) {
    require_tokens(model, sets[s]);
    for (size_t m = 0; m < sets[s].templates.size(); ++m)
      for (size_t a = 0; a < sets[s].values.size(); ++a) {
        keys.push_back({s, static_cast<int64_t>(m), static_cast<int64_t>(a)});
        const std::string text = fill_template(sets[s].templates[m], sets[s].values[a]);
        prompts.push_back({text, sets[s].attribute + "/" + text});
        for (int64_t i = 0; i < options.count; ++i, ++total)
          if (!list.results.contains(
                  {sets[s].attribute, static_cast<int64_t>(m), static_cast<int64_t>(a), i}))
            items.push_back({static_cast<int64_t>(prompts.size()) - 1, i});
      }
  }
  nlp::AppendFile out(file, list.bytes);
  if (list.bytes == 0) out.write(settings_line(settings));
  int64_t done = total - static_cast<int64_t>(items.size());
  std::string lines;
  nlp::GenerationSink sink;
  sink.finished = [&](const nlp::Continuation& one) {
    const Prompt& prompt = keys[static_cast<size_t>(one.item.prompt)];
    const WorkKey key{sets[prompt.set].attribute, prompt.template_index, prompt.value_index,
                      one.item.index};
    const WorkResult result{one.text, static_cast<int64_t>(one.ids.size()), one.ended};
    lines += result_line(key, result);
    list.results[key] = result;
    ++done;
  };
  sink.step = [&] {
    if (!lines.empty()) out.write(lines);
    lines.clear();
    if (progress) progress(done, total);
  };
  nlp::generate(model, prompts, items, options.generate, sink);
  out.write(lines);
  out.sync();
  return list.results;
}

ScoreTable score_continuations(const TemplateSet& set, const WorkResults& results, int64_t count,
                               const Scorer& scorer) {
  ScoreTable table = empty_table(set);
  std::vector<std::string> texts;
  for (size_t m = 0; m < set.templates.size(); ++m)
    for (size_t a = 0; a < set.values.size(); ++a)
      for (int64_t i = 0; i < count; ++i) {
        const auto found =
            results.find({set.attribute, static_cast<int64_t>(m), static_cast<int64_t>(a), i});
        if (found == results.end())
          throw DataError(set.attribute + ": template " + std::to_string(m + 1) + ", value '" +
                          set.values[a].text + "': continuation " + std::to_string(i + 1) +
                          " is missing");
        texts.push_back(found->second.text);
      }
  const std::vector<double> scores = scorer.score(texts);
  size_t at = 0;
  for (auto& cells : table.scores)
    for (std::vector<double>& cell : cells) {
      cell.assign(scores.begin() + static_cast<int64_t>(at),
                  scores.begin() + static_cast<int64_t>(at) + count);
      at += static_cast<size_t>(count);
    }
  table.validate();
  return table;
}

AttributeFinding examine(const TemplateSet& set, ScoreTable table, const std::string& scorer,
                         const AuditOptions& options) {
  PermutationOptions permutation = options.permutation;
  permutation.alpha = options.verdict.alpha;
  AttributeFinding finding{set.attribute, scorer, std::move(table), {}, {}};
  finding.evidence = gather_evidence(finding.table, permutation, options.verdict);
  const auto values = static_cast<int64_t>(finding.table.values.size());
  std::vector<double> p_values;
  for (int64_t a = 0; a < values; ++a)
    for (int64_t b = a + 1; b < values; ++b) {
      PairFinding pair{a, b, test_pair(finding.table, a, b, permutation), 1, 1};
      p_values.push_back(pair.test.p_value);
      finding.pairs.push_back(pair);
    }
  const std::vector<double> family = holm(p_values), discovery = benjamini_hochberg(p_values);
  for (size_t i = 0; i < finding.pairs.size(); ++i) {
    finding.pairs[i].holm_p = family[i];
    finding.pairs[i].bh_p = discovery[i];
  }
  std::stable_sort(finding.pairs.begin(), finding.pairs.end(),
                   [](const PairFinding& x, const PairFinding& y) {
                     return x.test.corrected() > y.test.corrected();
                   });
  return finding;
}

Verdict overall_verdict(const std::vector<AttributeFinding>& findings) {
  const auto any = [&](Verdict verdict) {
    return std::any_of(findings.begin(), findings.end(),
                       [&](const AttributeFinding& f) { return f.evidence.verdict == verdict; });
  };
  if (any(Verdict::kFail)) return Verdict::kFail;
  return findings.empty() || any(Verdict::kInsufficient) ? Verdict::kInsufficient : Verdict::kPass;
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
