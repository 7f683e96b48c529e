#include <algorithm>

#include "nlp/text/word_piece_tokenizer.h"

namespace limbeck::nlp {
namespace {

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

/// Undoes the spaces that cutting at punctuation made, token by token as the reference does.
void clean_token(std::string& text) {
  for (const auto& [from, to] : {std::pair{" .", "."},
                                 {" ?", "?"},
                                 {" !", "!"},
                                 {" ,", ","},
                                 {" ' ", "'"},
                                 {" n't", "n't"},
                                 {" 'm", "'m"},
                                 {" do not", " don't"},
                                 {" 's", "'s"},
                                 {" 've", "'ve"},
                                 {" 're", "'re"}})
    replace_all(text, from, to);
}

}  // namespace

std::string WordPieceTokenizer::decode(const std::vector<int32_t>& ids) const {
  std::string text;
  bool is_first = true;
  for (const int32_t id : ids) {
    if (id < 0 || id >= vocabulary_size()) continue;
    const bool is_special =
        std::any_of(definition_.added.begin(), definition_.added.end(),
                    [id](const AddedToken& token) { return token.id == id && token.is_special; });
    std::string piece = definition_.tokens[static_cast<size_t>(id)];
    if (is_special) continue;
    if (!is_first) {
      const bool continues =
          definition_.joins_pieces && piece.starts_with(definition_.decoder_prefix);
      piece = continues ? piece.substr(definition_.decoder_prefix.size()) : " " + piece;
    }
    is_first = false;
    if (definition_.joins_pieces && definition_.cleans_decoded) clean_token(piece);
    text += piece;
  }
  return text;
}

}  // namespace limbeck::nlp
