#include "fairness/audit/junit_report.h"

#include <algorithm>

#include "nlp/core/atomic_file.h"
#include "nlp/report/svg_writer.h"

namespace limbeck::fairness {
namespace {

using nlp::escape_markup;

std::string suite_of(const Gate& gate) { return gate.attribute.empty() ? "model" : gate.attribute; }

std::string counts(const std::vector<Gate>& gates, const std::string& suite) {
  int64_t tests = 0, failures = 0, errors = 0;
  for (const Gate& gate : gates) {
    if (!suite.empty() && suite_of(gate) != suite) continue;
    ++tests;
    failures += gate.verdict == Verdict::kFail;
    errors += gate.verdict == Verdict::kInsufficient;
  }
  return " tests=\"" + std::to_string(tests) + "\" failures=\"" + std::to_string(failures) +
         "\" errors=\"" + std::to_string(errors) + "\"";
}

std::string case_xml(const Gate& gate) {
  std::string xml = "    <testcase classname=\"limbeck.audit." + escape_markup(suite_of(gate)) +
                    "\" name=\"" + escape_markup(gate.name) + "\"";
  if (gate.verdict == Verdict::kPass)
    return xml + ">\n      <system-out>" + escape_markup(gate.text) +
           "</system-out>\n    </testcase>\n";
  const std::string element = gate.verdict == Verdict::kFail ? "failure" : "error";
  return xml + ">\n      <" + element + " type=\"" + verdict_text(gate.verdict) + "\" message=\"" +
         escape_markup(gate.text) + "\"/>\n    </testcase>\n";
}

}  // namespace

std::string junit_xml(const std::string& title, const Judgement& judgement) {
  std::vector<std::string> suites;
  for (const Gate& gate : judgement.gates)
    if (std::ranges::count(suites, suite_of(gate)) == 0) suites.push_back(suite_of(gate));
  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"" +
                    escape_markup(title) + "\"" + counts(judgement.gates, "") + ">\n";
  for (const std::string& suite : suites) {
    xml += "  <testsuite name=\"" + escape_markup(suite) + "\"" + counts(judgement.gates, suite) +
           ">\n";
    for (const Gate& gate : judgement.gates)
      if (suite_of(gate) == suite) xml += case_xml(gate);
    xml += "  </testsuite>\n";
  }
  return xml + "</testsuites>\n";
}

void write_junit(const std::filesystem::path& file, const std::string& title,
                 const Judgement& judgement) {
  write_file_atomic(file, junit_xml(title, judgement));
}

}  // namespace limbeck::fairness
