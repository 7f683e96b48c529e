#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "nlp/report/measurement.h"

namespace limbeck::nlp {

/// A place in a JSON document that knows its pointer, so that every complaint says where it is.
/// Throws: DataError `where: /a/0/b: expected ..., got ...` from every reading call.
class JsonCursor {
 public:
  JsonCursor(const nlohmann::json& value, std::string where, std::string pointer = {})
      : value_(&value), where_(std::move(where)), pointer_(std::move(pointer)) {}

  /// Member of an object; it must be there.
  JsonCursor operator[](const char* key) const;
  bool has(const char* key) const;
  /// Element of an array.
  JsonCursor at(size_t index) const;
  /// Number of elements; fails on what is no array.
  size_t size() const;

  std::string text() const;
  double number() const;
  int64_t integer() const;
  bool boolean() const;
  /// A number or {"value": null, "reason": "..."}.
  Measurement measurement() const;
  /// Member text, or empty when absent.
  std::string text_or_empty(const char* key) const;
  bool is_text() const { return value_->is_string(); }
  const nlohmann::json& value() const { return *value_; }

  /// Fails unless this is an object whose keys are all among `known`.
  void require_keys(std::initializer_list<std::string_view> known) const;
  [[noreturn]] void fail(const std::string& expected) const;

 private:
  const nlohmann::json* value_;
  std::string where_;
  std::string pointer_;
};

/// `read(cursor)` of each element of an array.
template <class Read>
auto read_array(const JsonCursor& cursor, Read&& read) {
  std::vector<decltype(read(cursor))> result;
  const size_t count = cursor.size();
  result.reserve(count);
  for (size_t i = 0; i < count; ++i) result.push_back(read(cursor.at(i)));
  return result;
}

}  // namespace limbeck::nlp
