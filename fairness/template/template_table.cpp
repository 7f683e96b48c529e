#include <algorithm>
#include <nlohmann/json.hpp>

#include "fairness/template/template_set.h"
#include "nlp/core/errors.h"
#include "nlp/text/utf8.h"

namespace limbeck::fairness {
namespace {

std::vector<std::string> fields_of(std::string_view line) {
  std::vector<std::string> fields;
  for (size_t begin = 0;;) {
    const size_t tab = line.find('\t', begin);
    fields.emplace_back(line.substr(begin, tab - begin));
    if (tab == std::string_view::npos) return fields;
    begin = tab + 1;
  }
}

/// A value's columns as the object that the JSON form has.
nlohmann::json value_json(const std::vector<std::string>& fields, const std::string& where) {
  static constexpr const char* kKeys[] = {"text", "group", "pronoun", "article", "number"};
  if (fields.size() > 6)
    throw DataError(where + ": expected at most 6 columns, got " + std::to_string(fields.size()));
  nlohmann::json value = nlohmann::json::object();
  for (size_t i = 1; i < fields.size(); ++i)
    if (!fields[i].empty()) value[kKeys[i - 1]] = fields[i];
  return value;
}

void read_line(std::string_view line, const std::string& where, nlohmann::json& file) {
  if (nlp::first_invalid_utf8(line) != std::string_view::npos)
    throw DataError(where + ": expected UTF-8");
  const std::vector<std::string> fields = fields_of(line);
  if (fields.size() < 2) throw DataError(where + ": expected a word and a text with a tab between");
  if (fields[0] == "attribute" || fields[0] == "role")
    file[fields[0]] = fields[1];
  else if (fields[0] == "template")
    file["templates"].push_back(fields[1]);
  else if (fields[0] == "combined")
    file["combined_templates"].push_back(fields[1]);
  else if (fields[0] == "value")
    file["values"].push_back(value_json(fields, where));
  else
    throw DataError(where + ": expected attribute, role, template, combined or value, got '" +
                    fields[0] + "'");
}

}  // namespace

TemplateSet parse_template_table(std::string_view text, const std::string& where) {
  nlohmann::json file = {{"templates", nlohmann::json::array()},
                         {"combined_templates", nlohmann::json::array()},
                         {"values", nlohmann::json::array()}};
  for (size_t begin = 0, number = 1; begin < text.size(); ++number) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = text.substr(begin, end - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty() && line[0] != '#')
      read_line(line, where + ":" + std::to_string(number), file);
    begin = end + 1;
  }
  return parse_template_set(file.dump(), where);
}

}  // namespace limbeck::fairness
