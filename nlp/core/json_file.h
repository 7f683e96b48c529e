#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>

namespace limbeck {

/// Deepest nesting that is read: objects are printed and destroyed by recursion.
inline constexpr int kMaxJsonDepth = 256;

/// Deepest nesting of brackets outside strings; the text need not be valid.
int json_depth(std::string_view text);

/// Parses JSON text; duplicate keys keep the last value.
/// Throws: DataError `where:line:column: not valid JSON: ...`; also for nesting deeper than 256.
nlohmann::json parse_json(std::string_view text, const std::string& where);

/// Reads and parses a whole file.
/// Throws: DataError when it is absent, over 512 MiB, or not valid JSON.
nlohmann::json read_json_file(const std::filesystem::path& path);

/// Writes indented JSON with a final newline, atomically. Throws: DataError when NaN or infinity
/// stands in it.
void write_json_file(const std::filesystem::path& path, const nlohmann::ordered_json& json);

}  // namespace limbeck
