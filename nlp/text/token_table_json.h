#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nlp/text/added_tokens.h"
#include "nlp/text/json_field.h"

/// What the files of all tokenizers hold alike: the table of tokens and the tokens added to it.
namespace limbeck::nlp {

constexpr int64_t kMostTokenIds = 1 << 24;
constexpr int64_t kMostTokenGaps = 1 << 16;  ///< ids that a table may leave out

/// tokens[id] = token, the table grows as needed.
void place_token(std::vector<std::string>& tokens, const std::string& token, int64_t id);

/// The `vocab` of a model by id, "" where no token has it.
/// Throws: DataError when a value is no id or two tokens have the same.
std::vector<std::string> read_token_table(const JsonObject& model);

/// An added token but for its id.
AddedToken read_added_token(const JsonObject& object);

/// One of `added_tokens`, whose id may be at most kMostTokenGaps beyond a table of `table_size`.
/// Throws: DataError when content or id is missing.
AddedToken read_numbered_token(const JsonObject& object, size_t table_size);

}  // namespace limbeck::nlp
