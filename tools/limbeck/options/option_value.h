#pragma once

#include <charconv>
#include <cmath>
#include <concepts>
#include <nlohmann/json.hpp>
#include <string>
#include <type_traits>
#include <vector>

#include "nlp/core/errors.h"

/// Words of the command line to values of fields.
namespace limbeck::tools {

/// Throws: ConfigError `--flag: expected ..., got 'x'`.
[[noreturn]] void refuse_value(const std::string& flag, const char* expected,
                               const std::string& got);

/// One word to one value; a number must fill the whole word, fit its type and be finite.
template <class V>
void parse_word(V& value, const std::string& flag, const std::string& word) {
  if constexpr (std::same_as<V, std::string>) {
    value = word;
  } else if constexpr (std::same_as<V, bool>) {
    if (word != "true" && word != "false") refuse_value(flag, "true or false", word);
    value = word == "true";
  } else {
    V number{};
    const char* end = word.data() + word.size();
    const auto [stop, code] = std::from_chars(word.data(), end, number);
    const char* expected = std::floating_point<V>      ? "a number"
                           : std::unsigned_integral<V> ? "an integer from 0"
                                                       : "an integer";
    if (code == std::errc::result_out_of_range) expected = "a smaller number";
    if (code != std::errc() || stop != end) refuse_value(flag, expected, word);
    if constexpr (std::floating_point<V>)
      if (!std::isfinite(number)) refuse_value(flag, "a finite number", word);
    value = number;
  }
}

template <class V>
struct IsList : std::false_type {};
template <class T>
struct IsList<std::vector<T>> : std::true_type {};

/// All words that were given for one option; a list is replaced, never extended.
/// Throws: ConfigError also when a single value is given twice.
template <class V>
void parse_words(V& value, const std::string& flag, const std::vector<std::string>& words) {
  if constexpr (IsList<V>::value) {
    V list;
    for (const std::string& word : words) parse_word(list.emplace_back(), flag, word);
    value = std::move(list);
  } else {
    if (words.size() != 1)
      throw ConfigError(flag + ": expected one value, got " + std::to_string(words.size()));
    parse_word(value, flag, words.front());
  }
}

}  // namespace limbeck::tools
