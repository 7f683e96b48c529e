#include "nlp/text/json_field.h"

#include <algorithm>
#include <limits>

#include "nlp/core/errors.h"

namespace limbeck::nlp {

std::string quoted_json(const nlohmann::json& json) {
  if (json.is_structured()) return std::string("an ") + json.type_name();
  std::string text = json.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  if (text.size() > 80) text = text.substr(0, 77) + "...";
  return text;
}

JsonObject::JsonObject(const nlohmann::json& json, std::string where)
    : json_(json), where_(std::move(where)) {
  if (!json.is_object())
    throw DataError(where_ + ": expected a JSON object, got " + quoted_json(json));
}

void JsonObject::only(std::initializer_list<const char*> known) const {
  for (const auto& [key, value] : json_.items()) {
    if (std::ranges::find(known, key, [](const char* name) { return std::string(name); }) !=
        known.end())
      continue;
    std::string names;
    for (const char* name : known) names += (names.empty() ? "" : ", ") + std::string(name);
    throw DataError(where_ + ": unknown key " + quoted_json(key) + "; known: " + names);
  }
}

void JsonObject::fail(const char* key, const std::string& expected) const {
  const std::string got = has(key) ? quoted_json(json_[key]) : "none";
  throw DataError(where_ + ": key '" + key + "': expected " + expected + ", got " + got);
}

bool JsonObject::boolean(const char* key, bool fallback) const {
  if (!has_value(key)) return fallback;
  if (!json_[key].is_boolean()) fail(key, "true or false");
  return json_[key].get<bool>();
}

std::string JsonObject::text(const char* key, const std::string& fallback) const {
  if (!has_value(key)) return fallback;
  if (!json_[key].is_string()) fail(key, "a string");
  return json_[key].get<std::string>();
}

int64_t JsonObject::integer(const char* key, int64_t fallback, int64_t low, int64_t high) const {
  if (!has_value(key)) return fallback;
  const nlohmann::json& value = json_[key];
  const std::string expected =
      "an integer from " + std::to_string(low) + " to " + std::to_string(high);
  if (!value.is_number_integer()) fail(key, expected);
  if (value.is_number_unsigned() && value.get<uint64_t>() > static_cast<uint64_t>(high))
    fail(key, expected);
  const auto number = value.get<int64_t>();
  if (number < low || number > high) fail(key, expected);
  return number;
}

JsonObject JsonObject::object(const char* key) const {
  if (!has_value(key) || !json_[key].is_object()) fail(key, "an object");
  return {json_[key], where_ + ": " + key};
}

const nlohmann::json& JsonObject::array(const char* key) const {
  static const nlohmann::json none = nlohmann::json::array();
  if (!has_value(key)) return none;
  if (!json_[key].is_array()) fail(key, "an array");
  return json_[key];
}

}  // namespace limbeck::nlp
