#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fairness/template/template_set.h"
#include "nlp/text/tokenizer.h"

namespace limbeck::fairness {

/// A place in a text where a value of a sensitive attribute stands.
struct Mention {
  int64_t value = 0;    ///< index into SensitiveLexicon::values()
  nlp::TextSpan bytes;  ///< of the text
};

/// The values of some attributes, to be found in running text and exchanged for each other.
class SensitiveLexicon {
 public:
  /// Of the sets' values; their templates are not looked at.
  /// Throws: ConfigError when two attributes share a value, or there is none.
  explicit SensitiveLexicon(std::span<const TemplateSet> sets);

  const std::vector<AttributeValue>& values() const { return values_; }
  /// Values that may stand in the place of this one: all others of its attribute.
  std::vector<int64_t> alternatives(int64_t value) const;

  /// All mentions in the order of the text: case-sensitive, whole words, the longest of those that
  /// begin together, none inside another.
  std::vector<Mention> find(std::string_view text) const;

  /// The text up to and with the mention, with another value in its place: what a counterfactual
  /// prefix reads. An indefinite article right before it agrees with the new value.
  /// Source: Huang et al. 2020, sec. 4; differs: the article.
  std::string swapped_prefix(std::string_view text, const Mention& mention, int64_t value) const;

 private:
  std::vector<AttributeValue> values_;
  std::vector<int64_t> attribute_;  ///< of each value
  std::vector<int64_t> by_length_;  ///< values, the longest text first
};

}  // namespace limbeck::fairness
