#include "nlp/report/json_cursor.h"

#include <algorithm>

#include "nlp/core/errors.h"

namespace limbeck::nlp {
namespace {

constexpr size_t kMaxShown = 60;

std::string shown(const nlohmann::json& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "an array of " + std::to_string(value.size());
  const std::string text = value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  return text.size() <= kMaxShown ? text : text.substr(0, kMaxShown) + "...";
}

std::string escaped_key(std::string_view key) {
  std::string result;
  for (const char c : key) result += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return result;
}

}  // namespace

void JsonCursor::fail(const std::string& expected) const {
  throw DataError(where_ + ": " + (pointer_.empty() ? "/" : pointer_) + ": expected " + expected +
                  ", got " + shown(*value_));
}

JsonCursor JsonCursor::operator[](const char* key) const {
  if (!value_->is_object()) fail("an object");
  const auto found = value_->find(key);
  if (found == value_->end()) fail("an object with the key '" + std::string(key) + "'");
  return JsonCursor(*found, where_, pointer_ + "/" + escaped_key(key));
}

bool JsonCursor::has(const char* key) const {
  if (!value_->is_object()) fail("an object");
  return value_->contains(key);
}

JsonCursor JsonCursor::at(size_t index) const {
  if (index >= size()) fail("an array of more than " + std::to_string(index));
  return JsonCursor((*value_)[index], where_, pointer_ + "/" + std::to_string(index));
}

size_t JsonCursor::size() const {
  if (!value_->is_array()) fail("an array");
  return value_->size();
}

std::string JsonCursor::text() const {
  if (!value_->is_string()) fail("a text");
  return value_->get<std::string>();
}

double JsonCursor::number() const {
  if (!value_->is_number()) fail("a number");
  const double number = value_->get<double>();
  if (!std::isfinite(number)) fail("a finite number");
  return number;
}

int64_t JsonCursor::integer() const {
  if (!value_->is_number_integer()) fail("an integer");
  return value_->get<int64_t>();
}

bool JsonCursor::boolean() const {
  if (!value_->is_boolean()) fail("true or false");
  return value_->get<bool>();
}

Measurement JsonCursor::measurement() const {
  if (value_->is_number()) return number();
  if (!value_->is_object()) fail("a number or {\"value\": null, \"reason\": ...}");
  require_keys({"value", "reason"});
  if (!(*this)["value"].value().is_null()) (*this)["value"].fail("null");
  return Measurement::missing((*this)["reason"].text());
}

std::string JsonCursor::text_or_empty(const char* key) const {
  return has(key) ? (*this)[key].text() : std::string();
}

void JsonCursor::require_keys(std::initializer_list<std::string_view> known) const {
  if (!value_->is_object()) fail("an object");
  for (const auto& [key, unused] : value_->items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    std::string list;
    for (const std::string_view name : known)
      list += (list.empty() ? "" : ", ") + std::string(name);
    throw DataError(where_ + ": " + pointer_ + "/" + escaped_key(key) +
                    ": unknown key; known: " + list);
  }
}

}  // namespace limbeck::nlp
