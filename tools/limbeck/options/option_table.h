#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "nlp/core/options.h"
#include "tools/limbeck/options/option_value.h"

namespace limbeck::tools {

/// What a shell may complete as the value of an option.
enum class ValueKind { kText, kNumber, kFile, kDirectory, kFlag };

/// One option of one command: what help, man page, completion, --config and parser know of it.
struct Option {
  std::string name;        ///< field of the options struct, and key in --config
  std::string flag;        ///< "--batch-size"; for positional arguments the name in capitals
  std::string value_name;  ///< "N" in help; empty for flags
  std::string help;
  std::string default_text;  ///< empty: none worth telling
  std::vector<std::string> choices;
  ValueKind kind = ValueKind::kText;
  bool is_list = false;
  bool is_positional = false;
  bool is_in_config = true;  ///< false for what only makes sense on a command line
  bool is_on_by_default = false;

  std::vector<std::function<void(const std::vector<std::string>&)>> assign;
  std::vector<std::function<void(const nlohmann::json&, const std::string&)>> assign_json;
  std::function<nlohmann::ordered_json()> value;

  bool is_flag() const { return kind == ValueKind::kFlag; }
};

/// The options of one command, bound to the structs that hold their values.
///
/// The structs must outlive the table. A name that two structs share is one option that sets both.
class OptionTable {
 public:
  /// Adds every field of a flat options struct; its present values are the defaults.
  template <Options T>
  OptionTable& bind(T& options) {
    T::fields(options, [&]<class V>(std::string_view name, V& value, std::string_view help) {
      static_assert(!Options<V>, "options of a command are flat");
      Option& option = add(name, help, nlohmann::ordered_json(value));
      if constexpr (std::same_as<V, bool>) {
        option.kind = ValueKind::kFlag;
        option.is_on_by_default = value;
        option.value_name.clear();
      } else if constexpr (std::is_arithmetic_v<V>) {
        option.kind = ValueKind::kNumber;
        option.value_name = std::floating_point<V> ? "X" : "N";
      }
      if constexpr (IsList<V>::value) {
        option.is_list = true;
        if (std::is_arithmetic_v<typename V::value_type>) option.value_name = "N";
      }
      const std::string flag = option.flag;
      option.assign.emplace_back([&value, flag](const std::vector<std::string>& words) {
        parse_words(value, flag, words);
      });
      option.assign_json.emplace_back(
          [&value](const nlohmann::json& json, const std::string& where) {
            value_from_json(value, json, where);
          });
      option.value = [&value] { return nlohmann::ordered_json(value); };
    });
    return *this;
  }

  /// The only words that the option takes; checked by the parser, offered by completion.
  OptionTable& choices(std::string_view name, std::vector<std::string> words);
  OptionTable& value(std::string_view name, const char* value_name, ValueKind kind);
  OptionTable& file(std::string_view name) { return value(name, "FILE", ValueKind::kFile); }
  OptionTable& directory(std::string_view name) {
    return value(name, "DIR", ValueKind::kDirectory);
  }
  /// Taken without a flag, in the order of these calls; only the last may be a list.
  OptionTable& positional(std::string_view name, const char* value_name);
  OptionTable& outside_config(std::string_view name);

  const std::vector<Option>& options() const { return options_; }
  const Option* find_flag(std::string_view flag) const;

  /// Values under their names, in display order: what --print-config prints.
  nlohmann::ordered_json to_json() const;
  /// Throws: ConfigError `where: unknown key 'x'; known: a, b` or `where: key 'x': expected ...`.
  void from_json(const nlohmann::json& json, const std::string& where);
  /// Throws: ConfigError naming the flag, for a word that is not among its choices too.
  void assign(const Option& option, const std::vector<std::string>& words);
  /// Throws: ConfigError when a value that came from --config is not among the choices.
  void require_choices() const;

 private:
  Option& add(std::string_view name, std::string_view help, const nlohmann::ordered_json& value);
  Option& at(std::string_view name);

  std::vector<Option> options_;
};

/// "batch_size" to "--batch-size".
std::string flag_of(std::string_view name);

}  // namespace limbeck::tools
