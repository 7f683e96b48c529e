#include <algorithm>
#include <cstdio>

#include "fairness/audit/audit_report.h"
#include "nlp/core/atomic_file.h"

namespace limbeck::fairness {
namespace {

/// One CSV field in quotes where it needs them.
std::string csv(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

std::vector<std::string> scorer_names(const AuditFindings& findings) {
  std::vector<std::string> names;
  for (const AttributeFinding& finding : findings.findings)
    if (std::ranges::count(names, finding.scorer) == 0) names.push_back(finding.scorer);
  return names;
}

std::string score_field(const AttributeFinding& finding, const WorkKey& key) {
  char score[32];
  std::snprintf(score, sizeof score, ",%.6f",
                finding.table.scores[static_cast<size_t>(key.template_index)][static_cast<size_t>(
                    key.value_index)][static_cast<size_t>(key.continuation)]);
  return score;
}

}  // namespace

void write_continuations_csv(const std::filesystem::path& file, const AuditContext& context,
                             const AuditFindings& findings, const WorkResults& results) {
  AtomicFile out(file);
  std::string header = "attribute,template,value,group,index,text";
  for (const std::string& scorer : scorer_names(findings)) header += "," + csv(scorer);
  out.write(header + "\r\n");
  for (const TemplateSet& set : context.sets) {
    std::string lines;
    for (const auto& [key, result] : results) {
      if (key.attribute != set.attribute) continue;
      const AttributeValue& value = set.values[static_cast<size_t>(key.value_index)];
      lines += csv(set.attribute) + "," +
               csv(set.templates[static_cast<size_t>(key.template_index)]) + "," + csv(value.text) +
               "," + csv(value.group) + "," + std::to_string(key.continuation) + "," +
               csv(result.text);
      for (const AttributeFinding& finding : findings.findings)
        if (finding.attribute == set.attribute) lines += score_field(finding, key);
      lines += "\r\n";
    }
    out.write(lines);
  }
  out.commit();
}

}  // namespace limbeck::fairness
