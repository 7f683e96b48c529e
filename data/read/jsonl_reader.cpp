#include "data/read/jsonl_reader.h"

#include "nlp/core/json_file.h"

namespace limbeck::data {

bool JsonlReader::next(nlohmann::json& object) {
  do {
    if (!lines_.next(line_)) return false;
  } while (line_.find_first_not_of(" \t") == std::string::npos);
  if (json_depth(line_) > kMaxJsonDepth)
    fail("JSON is nested deeper than " + std::to_string(kMaxJsonDepth) + " levels");
  try {
    object = nlohmann::json::parse(line_);
  } catch (const nlohmann::json::parse_error& error) {
    lines_.fail(std::max<size_t>(error.byte, 1), "not valid JSON");
  } catch (const nlohmann::json::exception&) {
    lines_.fail(1, "not valid JSON: a number is out of range");
  }
  if (!object.is_object()) fail(std::string("expected a JSON object, got: ") + object.type_name());
  return true;
}

std::string JsonlReader::text(const nlohmann::json& object, const std::string& key) const {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) fail("expected a string under '" + key + "'");
  return found->get<std::string>();
}

}  // namespace limbeck::data
