#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nlp/core/errors.h"

namespace limbeck::verify {

/// A JSON value and where it stands; every reading is checked.
/// Throws:  DataError `file: graph[3].op: expected a string`.
class JsonValue {
 public:
  JsonValue(const nlohmann::json& json, std::string where)
      : json_(json), where_(std::move(where)) {}

  JsonValue at(const std::string& key) const {
    if (!json_.is_object() || !json_.contains(key)) fail("expected the key '" + key + "'");
    return {json_[key], where_ + (where_.ends_with(": ") ? "" : ".") + key};
  }
  bool contains(const std::string& key) const { return json_.is_object() && json_.contains(key); }
  std::vector<JsonValue> list(size_t most = size_t{1} << 20) const {
    if (!json_.is_array()) fail("expected a list");
    if (json_.size() > most) fail("expected at most " + std::to_string(most) + " elements");
    std::vector<JsonValue> all;
    for (size_t i = 0; i < json_.size(); ++i)
      all.emplace_back(json_[i], where_ + "[" + std::to_string(i) + "]");
    return all;
  }
  bool is_null() const { return json_.is_null(); }
  std::string text() const {
    if (!json_.is_string()) fail("expected a text");
    return json_.get<std::string>();
  }
  /// Within [least, most].
  int64_t integer(int64_t least, int64_t most = int64_t{1} << 31) const {
    const bool is_whole = json_.is_number_integer();
    const bool fits = is_whole && (!json_.is_number_unsigned() ||
                                   json_.get<uint64_t>() <= static_cast<uint64_t>(most));
    const int64_t value = fits ? json_.get<int64_t>() : least - 1;
    if (!fits || value < least || value > most)
      fail("expected a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return value;
  }
  double number() const {
    if (!json_.is_number()) fail("expected a number");
    return json_.get<double>();
  }
  std::vector<int64_t> integers(int64_t least, int64_t most = int64_t{1} << 31) const {
    std::vector<int64_t> all;
    for (const JsonValue& value : list()) all.push_back(value.integer(least, most));
    return all;
  }
  std::map<std::string, int64_t> integers_by_name(int64_t least, int64_t most) const {
    if (!json_.is_object()) fail("expected an object");
    std::map<std::string, int64_t> all;
    for (const auto& [name, value] : json_.items())
      all[name] = JsonValue(value, where_ + "." + name).integer(least, most);
    return all;
  }
  std::vector<double> numbers() const {
    std::vector<double> all;
    for (const JsonValue& value : list()) all.push_back(value.number());
    return all;
  }
  std::vector<std::string> texts() const {
    std::vector<std::string> all;
    for (const JsonValue& value : list()) all.push_back(value.text());
    return all;
  }
  [[noreturn]] void fail(const std::string& why) const {
    throw DataError(where_ + (where_.ends_with(": ") ? "" : ": ") + why);
  }

 private:
  const nlohmann::json& json_;
  std::string where_;
};

}  // namespace limbeck::verify
