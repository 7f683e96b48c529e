#pragma once

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>

namespace limbeck::nlp {

/// Typed reading of one JSON object of a tokenizer file; absent and null keys give the fallback.
/// Throws: DataError `where: key 'x': expected an integer, got "a"`.
class JsonObject {
 public:
  /// Throws: DataError when `json` is not an object.
  JsonObject(const nlohmann::json& json, std::string where);

  /// Throws: DataError `where: unknown key 'x'; known: a, b` for any other key.
  void only(std::initializer_list<const char*> known) const;
  bool has(const char* key) const { return json_.contains(key); }
  bool has_value(const char* key) const { return has(key) && !json_[key].is_null(); }
  bool boolean(const char* key, bool fallback) const;
  std::string text(const char* key, const std::string& fallback) const;
  int64_t integer(const char* key, int64_t fallback, int64_t low, int64_t high) const;
  JsonObject object(const char* key) const;
  /// The elements of an array; none when absent.
  const nlohmann::json& array(const char* key) const;

  const nlohmann::json& json() const { return json_; }
  const std::string& where() const { return where_; }
  [[noreturn]] void fail(const char* key, const std::string& expected) const;

 private:
  const nlohmann::json& json_;
  std::string where_;
};

/// A value as it is quoted in messages: one line, at most 80 bytes.
std::string quoted_json(const nlohmann::json& json);

}  // namespace limbeck::nlp
