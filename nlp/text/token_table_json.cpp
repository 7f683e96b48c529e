#include "nlp/text/token_table_json.h"

#include <algorithm>

#include "nlp/core/errors.h"

namespace limbeck::nlp {

void place_token(std::vector<std::string>& tokens, const std::string& token, int64_t id) {
  const auto index = static_cast<size_t>(id);
  if (index >= tokens.size()) tokens.resize(index + 1);
  tokens[index] = token;
}

std::vector<std::string> read_token_table(const JsonObject& model) {
  const JsonObject vocabulary = model.object("vocab");
  const int64_t most =
      std::min(kMostTokenIds, static_cast<int64_t>(vocabulary.json().size()) + kMostTokenGaps);
  std::vector<std::string> tokens;
  std::vector<bool> is_taken(static_cast<size_t>(most) + 1);
  for (const auto& [token, value] : vocabulary.json().items()) {
    if (!value.is_number_unsigned() || value.get<uint64_t>() > static_cast<uint64_t>(most))
      throw DataError(vocabulary.where() + ": token " + quoted_json(token) +
                      ": expected an id from 0 to " + std::to_string(most) + ", got " +
                      quoted_json(value));
    const auto id = value.get<int64_t>();
    if (is_taken[static_cast<size_t>(id)])
      throw DataError(vocabulary.where() + ": two tokens have the id " + std::to_string(id));
    is_taken[static_cast<size_t>(id)] = true;
    place_token(tokens, token, id);
  }
  return tokens;
}

AddedToken read_added_token(const JsonObject& object) {
  AddedToken token;
  token.content = object.text("content", "");
  token.is_special = object.boolean("special", false);
  token.single_word = object.boolean("single_word", false);
  token.lstrip = object.boolean("lstrip", false);
  token.rstrip = object.boolean("rstrip", false);
  token.normalized = object.boolean("normalized", !token.is_special);
  return token;
}

AddedToken read_numbered_token(const JsonObject& object, size_t table_size) {
  if (!object.has_value("content")) object.fail("content", "a string");
  if (!object.has_value("id")) object.fail("id", "an integer");
  AddedToken token = read_added_token(object);
  const int64_t most = std::min(static_cast<int64_t>(table_size) + kMostTokenGaps, kMostTokenIds);
  token.id = static_cast<int32_t>(object.integer("id", 0, 0, most));
  return token;
}

}  // namespace limbeck::nlp
