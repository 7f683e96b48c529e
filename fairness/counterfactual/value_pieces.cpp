#include "fairness/counterfactual/value_pieces.h"

#include <set>
#include <string>

namespace limbeck::fairness {

std::vector<int64_t> value_pieces(const SensitiveLexicon& lexicon,
                                  const nlp::PromptEncoder& encoder) {
  std::set<int64_t> pieces;
  for (const AttributeValue& value : lexicon.values())
    for (const std::string before : {"", "the "}) {
      const nlp::Encoding encoding = encoder.encode(before + value.text);
      for (size_t i = 0; i < encoding.ids.size(); ++i)
        if (encoding.special_mask[i] == 0 &&
            encoding.spans[i].end > static_cast<int32_t>(before.size()))
          pieces.insert(encoding.ids[i]);
    }
  return {pieces.begin(), pieces.end()};
}

}  // namespace limbeck::fairness
