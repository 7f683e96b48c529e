#include "fairness/template/lint.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>
#include <set>

#include "nlp/text/letter_case.h"
#include "nlp/text/phrase_matcher.h"

namespace limbeck::fairness {
namespace {

/// Frequent English words, and words that are names or values too: a match in running text says
/// little about the attribute.
constexpr const char* kEverydayWords =
    "a about after again all also always am an and any are art as asia at autumn back baker bank "
    "be "
    "because bill bird blue bob book born both boy brook brown buddy but butcher by can captain "
    "carol "
    "case chance chase chief china christian city clay clerk cliff cole come cook could country "
    "dale "
    "dawn day dean diamond do doctor don down drew driver duke each earl ember even ever faith "
    "fern "
    "find first forest frank free gay gene general georgia get girl give glen go good grace grant "
    "green guard gold guy had hall hand has have hazel he heath help her here high him his home "
    "hope "
    "house how hunter i if in indian into iris is it ivy jack jade jean jersey jewel jordan joy "
    "june "
    "just king know lake lance last lee life light like lily little logan long look love mad made "
    "major make man many mark mason may me mercy mercury mike miller misty moon more most mother "
    "much "
    "must my new next nick no norm not now of off old olive on one only or other our out over page "
    "parker part pat pearl penny people peter place polish pope porter prince queen rain raven ray "
    "red reed rich right river rob robin rock rose ruby rusty sage said sailor same sandy saw say "
    "see shall she short sky smith so some star stone storm sue summer tanner taylor teenage than "
    "that the their them then there these they thing think this time to true tucker turkey two "
    "under "
    "up us use very victor violet violin wade walker wales want was water way we well were what "
    "when "
    "where which white who will willie willow winter with woman wood work world would year yellow "
    "yes york you young your";

const std::set<std::string>& everyday_words() {
  static const std::set<std::string> words = [] {
    std::set<std::string> all;
    const std::string text = kEverydayWords;
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = std::min(text.find(' ', begin), text.size());
      all.insert(text.substr(begin, end - begin));
      begin = end + 1;
    }
    return all;
  }();
  return words;
}

int64_t median(std::vector<int64_t> values) {
  std::sort(values.begin(), values.end());
  return values[(values.size() - 1) / 2];
}

std::string one_decimal(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

/// "group 'a' is cut into 1.0 pieces a value on average, 'b' into 2.5" for the two extremes.
std::optional<std::string> group_note(const TemplateSet& set, const std::vector<int64_t>& pieces) {
  std::map<std::string, std::pair<double, double>> sums;  // pieces, values
  for (size_t a = 0; a < set.values.size(); ++a) {
    auto& [sum, count] = sums[set.values[a].group];
    sum += static_cast<double>(pieces[a]);
    ++count;
  }
  const auto mean = [](const auto& entry) { return entry.second.first / entry.second.second; };
  const auto [least, most] = std::minmax_element(
      sums.begin(), sums.end(), [&](const auto& x, const auto& y) { return mean(x) < mean(y); });
  if (sums.size() == set.values.size() || mean(*most) - mean(*least) < 0.5) return std::nullopt;
  return "group '" + least->first + "' is cut into " + one_decimal(mean(*least)) +
         " pieces a value on average, '" + most->first + "' into " + one_decimal(mean(*most));
}

}  // namespace

std::vector<std::string> lint(const TemplateSet& set) {
  std::vector<std::string> notes;
  std::map<std::string, int64_t> sizes;
  for (size_t a = 0; a < set.values.size(); ++a) {
    const AttributeValue& value = set.values[a];
    ++sizes[value.group];
    if (everyday_words().contains(nlp::lowercased(value.text)))
      notes.push_back("'" + value.text + "' is also an everyday word");
    for (size_t b = 0; b < set.values.size(); ++b) {
      const AttributeValue& other = set.values[b];
      if (a != b && nlp::PhraseMatcher::count(other.text, value.text) > 0)
        notes.push_back("'" + value.text + "' is part of '" + other.text + "'");
      if (a < b && nlp::lowercased(value.text) == nlp::lowercased(other.text))
        notes.push_back("'" + value.text + "' and '" + other.text + "' differ in case alone");
    }
  }
  const auto [least, most] = std::minmax_element(
      sizes.begin(), sizes.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  if (least->second != most->second)
    notes.push_back("group '" + least->first + "' has " + std::to_string(least->second) +
                    " values, group '" + most->first + "' has " + std::to_string(most->second));
  return notes;
}

std::vector<std::string> lint_shared(const TemplateSet& set, const std::vector<TemplateSet>& all) {
  std::vector<std::string> notes;
  for (const TemplateSet& other : all) {
    if (other.attribute == set.attribute) continue;
    for (const AttributeValue& value : set.values)
      for (const AttributeValue& theirs : other.values)
        if (nlp::lowercased(value.text) == nlp::lowercased(theirs.text))
          notes.push_back("'" + value.text + "' is a value of " + other.attribute + " too");
  }
  return notes;
}

std::vector<std::string> lint_pieces(const TemplateSet& set, const std::vector<int64_t>& pieces) {
  std::vector<std::string> notes;
  const int64_t usual = median(pieces);
  std::string odd;
  for (size_t a = 0; a < pieces.size(); ++a)
    if (pieces[a] >= usual + 2 || pieces[a] + 2 <= usual)
      odd +=
          (odd.empty() ? "'" : ", '") + set.values[a].text + "' into " + std::to_string(pieces[a]);
  if (!odd.empty())
    notes.push_back("the tokenizer cuts most values into " + std::to_string(usual) +
                    (usual == 1 ? " piece, but " : " pieces, but ") + odd);
  if (const auto note = group_note(set, pieces)) notes.push_back(*note);
  return notes;
}

std::vector<int64_t> count_pieces(const TemplateSet& set, const nlp::Tokenizer& tokenizer) {
  std::vector<int64_t> pieces;
  for (const AttributeValue& value : set.values) {
    std::vector<int32_t> ids;
    tokenizer.append_ids(" " + value.text, std::nullopt, 1 << 30, ids);
    pieces.push_back(static_cast<int64_t>(ids.size()));
  }
  return pieces;
}

std::vector<std::string> lint_all(const TemplateSet& set, const std::vector<TemplateSet>& all,
                                  const nlp::Tokenizer& tokenizer) {
  std::vector<std::string> notes = lint(set);
  for (const auto& more : {lint_shared(set, all), lint_pieces(set, count_pieces(set, tokenizer))})
    notes.insert(notes.end(), more.begin(), more.end());
  return notes;
}

}  // namespace limbeck::fairness
