#include "tools/limbeck/options/option_table.h"

#include <algorithm>

namespace limbeck::tools {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

/// Nothing for what is empty, off or a list: a default that says nothing.
std::string default_text_of(const nlohmann::ordered_json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_number() ? value.dump() : "";
}

}  // namespace

std::string flag_of(std::string_view name) {
  std::string flag = "--" + std::string(name);
  std::replace(flag.begin(), flag.end(), '_', '-');
  return flag;
}

Option& OptionTable::add(std::string_view name, std::string_view help,
                         const nlohmann::ordered_json& value) {
  for (Option& option : options_)
    if (option.name == name) return option;
  Option& option = options_.emplace_back();
  option.name = name;
  option.flag = flag_of(name);
  option.value_name = "TEXT";
  option.help = help;
  option.default_text = default_text_of(value);
  return option;
}

Option& OptionTable::at(std::string_view name) {
  for (Option& option : options_)
    if (option.name == name) return option;
  throw std::logic_error("option table: no field '" + std::string(name) + "'");
}

OptionTable& OptionTable::choices(std::string_view name, std::vector<std::string> words) {
  Option& option = at(name);
  option.choices = std::move(words);
  option.value_name = option.name == "action" ? "ACTION" : "WORD";
  return *this;
}

OptionTable& OptionTable::value(std::string_view name, const char* value_name, ValueKind kind) {
  at(name).value_name = value_name;
  at(name).kind = kind;
  return *this;
}

OptionTable& OptionTable::positional(std::string_view name, const char* value_name) {
  Option& option = at(name);
  option.is_positional = true;
  option.value_name = value_name;
  option.flag = value_name;
  return *this;
}

OptionTable& OptionTable::outside_config(std::string_view name) {
  at(name).is_in_config = false;
  return *this;
}

const Option* OptionTable::find_flag(std::string_view flag) const {
  for (const Option& option : options_)
    if (!option.is_positional && option.flag == flag) return &option;
  return nullptr;
}

nlohmann::ordered_json OptionTable::to_json() const {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const Option& option : options_)
    if (option.is_in_config) json[option.name] = option.value();
  return json;
}

void OptionTable::from_json(const nlohmann::json& json, const std::string& where) {
  if (!json.is_object())
    throw ConfigError(where + ": expected a JSON object, got " + std::string(json.type_name()));
  std::vector<std::string> known;
  for (const Option& option : options_)
    if (option.is_in_config) known.push_back(option.name);
  for (const auto& [key, value] : json.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end())
      throw ConfigError(where + ": unknown key '" + key + "'; known: " + joined(known));
    for (const auto& assign : at(key).assign_json) assign(value, where + ": key '" + key + "'");
  }
}

void OptionTable::assign(const Option& option, const std::vector<std::string>& words) {
  for (const auto& assign : option.assign) assign(words);
}

void OptionTable::require_choices() const {
  for (const Option& option : options_) {
    if (option.choices.empty()) continue;
    const nlohmann::ordered_json value = option.value();
    std::vector<std::string> words;
    if (value.is_array()) words = value.get<std::vector<std::string>>();
    if (value.is_string()) words = {value.get<std::string>()};
    for (const std::string& word : words) {
      if (std::find(option.choices.begin(), option.choices.end(), word) != option.choices.end())
        continue;
      throw ConfigError(option.flag + ": expected one of " + joined(option.choices) + ", got '" +
                        word + "'");
    }
  }
}

}  // namespace limbeck::tools
