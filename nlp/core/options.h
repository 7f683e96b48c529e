#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nlp/core/errors.h"

/// Options structs describe themselves once, in `fields(self, visit)`: JSON, command line, help,
/// man pages and reports all come from that list.
namespace limbeck {

/// An options struct: `template <class Self, class Visit> static void fields(Self&, Visit&&)` calls
/// `visit(name, member, help)` for each field, in display order. Nested options structs are members
/// like any other.
template <class T>
concept Options = requires(T& t) {
  T::fields(t, [](auto&&...) {});
};

/// Names of the fields of T, in order.
template <Options T>
std::vector<std::string> field_names() {
  std::vector<std::string> names;
  T value{};
  T::fields(value,
            [&](std::string_view name, auto&, std::string_view) { names.emplace_back(name); });
  return names;
}

/// All fields as a JSON object, in field order.
template <Options T>
nlohmann::ordered_json options_to_json(const T& options) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  T::fields(options, [&]<class V>(std::string_view name, const V& value, std::string_view) {
    if constexpr (Options<V>) {
      json[std::string(name)] = options_to_json(value);
    } else {
      json[std::string(name)] = value;
    }
  });
  return json;
}

namespace detail {

/// True when `json` holds a V exactly: no rounding, no wrapping, no text for numbers.
template <class V, class Json>
bool json_fits(const Json& json) {
  if constexpr (std::same_as<V, bool>) {
    return json.is_boolean();
  } else if constexpr (std::integral<V>) {
    if (json.is_number_unsigned()) return std::in_range<V>(json.template get<uint64_t>());
    return json.is_number_integer() && std::in_range<V>(json.template get<int64_t>());
  } else if constexpr (std::floating_point<V>) {
    return json.is_number();
  } else if constexpr (std::same_as<V, std::string>) {
    return json.is_string();
  } else {
    return true;
  }
}

}  // namespace detail

/// Overwrites one field. Throws: ConfigError `where: expected number, got "x"`.
template <class V, class Json>
void value_from_json(V& value, const Json& json, const std::string& where) {
  const nlohmann::json current = value;
  try {
    if (!detail::json_fits<V>(json)) throw nlohmann::json::type_error::create(302, "", nullptr);
    value = json.template get<V>();
  } catch (const nlohmann::json::exception&) {
    throw ConfigError(where + ": expected " + current.type_name() + ", got " + json.dump());
  }
}

/// Overwrites the fields that `json` names; the others keep their value.
/// Throws: ConfigError `where: unknown key 'x'; known: a, b` or `where: key 'x': expected ..., got
/// ...`.
template <Options T, class Json>
void options_from_json(T& options, const Json& json, const std::string& where) {
  if (!json.is_object())
    throw ConfigError(where + ": expected a JSON object, got " + std::string(json.type_name()));
  const std::vector<std::string> known = field_names<T>();
  for (const auto& [key, value] : json.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    std::string list;
    for (const std::string& name : known) list += (list.empty() ? "" : ", ") + name;
    throw ConfigError(where + ": unknown key '" + key + "'; known: " + list);
  }
  T::fields(options, [&]<class V>(std::string_view name, V& value, std::string_view) {
    const auto found = json.find(std::string(name));
    if (found == json.end()) return;
    if constexpr (Options<V>) {
      options_from_json(value, *found, where + "." + std::string(name));
    } else {
      value_from_json(value, *found, where + ": key '" + std::string(name) + "'");
    }
  });
}

}  // namespace limbeck
