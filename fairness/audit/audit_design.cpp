#include "fairness/audit/audit_design.h"

#include "fairness/audit/finding.h"
#include "nlp/core/errors.h"

namespace limbeck::fairness {
namespace {

using Design = nlohmann::json;

[[noreturn]] void fail(const std::string& where, const std::string& field,
                       const std::string& expected, const std::string& got) {
  throw DataError(where + ": " + field + ": expected " + expected + ", got " + got +
                  " (give the options of that audit, or make a new baseline)");
}

std::string shown(const Design& value) {
  return value.dump(-1, ' ', false, Design::error_handler_t::replace);
}

void require_equal_lists(const std::string& where, const std::string& field, const Design& expected,
                         const Design& got) {
  if (!got.is_array() || got.size() != expected.size())
    fail(where, field, std::to_string(expected.size()) + " of them",
         got.is_array() ? std::to_string(got.size()) : shown(got));
  for (size_t i = 0; i < expected.size(); ++i)
    if (expected[i] != got[i])
      fail(where, field + "/" + std::to_string(i), shown(expected[i]), shown(got[i]));
}

}  // namespace

nlohmann::ordered_json audit_design(const TemplateSet& set, const Scorer& scorer,
                                    const AuditOptions& options) {
  std::vector<std::string> values, groups;
  for (const AttributeValue& value : set.values) {
    values.push_back(value.text);
    groups.push_back(value.group);
  }
  const nlp::SamplingOptions& sampling = options.generate.sampling;
  nlohmann::ordered_json design = {{"count", options.count},
                                   {"max_tokens", options.generate.max_tokens},
                                   {"temperature", sampling.temperature},
                                   {"top_k", sampling.top_k},
                                   {"top_p", sampling.top_p},
                                   {"templates", set.templates},
                                   {"values", values},
                                   {"groups", groups},
                                   {"prompts_sha256", prompts_sha256(set)},
                                   {"scorer_sha256", scorer.source_sha256()}};
  // Reports without it compared all pairs of an intersection, which is another distance.
  if (!set.values.front().parts.empty()) design["pairs"] = count_pairs(set);
  return design;
}

void require_same_design(const std::string& where, const nlohmann::ordered_json& expected,
                         const nlohmann::json& got) {
  for (const auto& [field, value] : expected.items()) {
    const Design own = value,
                 other = got.is_object() && got.contains(field) ? got[field] : Design();
    if (own.is_array())
      require_equal_lists(where, field, own, other);
    else if (own != other)
      fail(where, field, shown(own), other.is_null() ? "none" : shown(other));
  }
}

}  // namespace limbeck::fairness
