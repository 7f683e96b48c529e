#pragma once

#include <string>
#include <string_view>

namespace limbeck::nlp {

/// Checks what the SentencePiece library trusts: that the file is a complete protocol buffer and
/// that every path through its normalization trie stays inside (the library does not look).
///
/// Source: sentencepiece_model.proto; the double-array layout of darts-clone.
/// Throws: DataError `where: ...`.
void check_sentencepiece_model(std::string_view model, const std::string& where);

}  // namespace limbeck::nlp
