#include "tools/limbeck/options/parse_command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "nlp/core/json_file.h"
#include "nlp/tensor/nearest_names.h"

namespace limbeck::tools {
namespace {

/// The words that the command line gives to each option, in the order of the table.
using GivenWords = std::vector<std::vector<std::string>>;

void declare(CLI::App& app, const Option& option, std::vector<CLI::Option*>& declared) {
  if (option.is_flag()) {
    const std::string short_name = option.name == "help" ? "-h," : "";
    const std::string negative = option.is_on_by_default ? ",!--no-" + option.flag.substr(2) : "";
    declared.push_back(app.add_flag(short_name + option.flag + negative));
    declared.back()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    return;
  }
  CLI::Option* added = app.add_option(option.is_positional ? option.name : option.flag);
  if (option.is_list) added->expected(1, CLI::detail::expected_max_vector_size)->allow_extra_args();
  added->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  declared.push_back(added);
}

/// Options need two letters in common, more or less: a suggestion far off is worse than none.
bool is_near(const std::string& word, const std::string& candidate) {
  const auto letters = [](const std::string& text) {
    return text.substr(text.find_first_not_of('-'));
  };
  if (word.find_first_not_of('-') == std::string::npos) return false;
  const std::string a = letters(word), b = letters(candidate);
  if (a.size() >= 3 && (b.starts_with(a) || a.starts_with(b))) return true;
  std::string pool = b;
  size_t common = 0;
  for (const char c : a) {
    const size_t at = pool.find(c);
    if (at == std::string::npos) continue;
    pool.erase(at, 1);
    ++common;
  }
  return 4 * common >= 3 * std::max(a.size(), b.size());
}

[[noreturn]] void refuse_rest(const OptionTable& table, const std::vector<std::string>& rest) {
  std::vector<std::string> flags;
  for (const Option& option : table.options())
    if (!option.is_positional) flags.push_back(option.flag);
  for (const std::string& word : rest) {
    if (word.size() < 2 || word[0] != '-') continue;
    const std::string flag = word.substr(0, word.find('='));
    throw ConfigError("unknown option '" + flag + "'" + suggestion(flag, flags));
  }
  throw ConfigError("unexpected argument '" + rest.front() + "'");
}

/// CLI11's own messages start with the option's name.
[[noreturn]] void refuse_parse(const CLI::ParseError& error) {
  const std::string message = error.what();
  const std::string flag = message.substr(0, message.find(':'));
  if (error.get_name() == "ArgumentMismatch" && flag.starts_with("-"))
    throw ConfigError(flag + ": expected a value, got nothing");
  throw ConfigError(message);
}

GivenWords split(const OptionTable& table, const std::vector<std::string>& words) {
  CLI::App app;
  app.set_help_flag("");
  app.allow_extras();
  std::vector<CLI::Option*> declared;
  for (const Option& option : table.options()) declare(app, option, declared);
  try {
    std::vector<std::string> reversed(words.rbegin(), words.rend());
    app.parse(reversed);
  } catch (const CLI::ParseError& error) {
    refuse_parse(error);
  }
  GivenWords given;
  for (const CLI::Option* option : declared) given.push_back(option->results());
  if (const std::vector<std::string> rest = app.remaining(); !rest.empty())
    refuse_rest(table, rest);
  return given;
}

bool asks_for_help(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (word == "--") return false;
    if (word == "--help" || word == "-h") return true;
  }
  return false;
}

}  // namespace

std::string suggestion(const std::string& word, const std::vector<std::string>& candidates) {
  for (const std::string& near : nlp::nearest_names(word, candidates, 3))
    if (is_near(word, near)) return " (did you mean '" + near + "'?)";
  return "";
}

void parse_command_line(OptionTable& table, GeneralOptions& general,
                        const std::vector<std::string>& words) {
  if (asks_for_help(words)) {
    general.help = true;
    return;
  }
  const GivenWords given = split(table, words);
  const std::vector<Option>& options = table.options();
  const auto assign_given = [&](bool in_config) {
    for (size_t i = 0; i < options.size(); ++i)
      if (!given[i].empty() && options[i].is_in_config == in_config)
        table.assign(options[i], given[i]);
  };
  assign_given(false);
  if (!general.config.empty()) table.from_json(read_json_file(general.config), general.config);
  assign_given(true);
  table.require_choices();
}

}  // namespace limbeck::tools
