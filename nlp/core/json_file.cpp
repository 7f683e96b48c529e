#include "nlp/core/json_file.h"

#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"
#include "nlp/core/mapped_file.h"

namespace limbeck {
namespace {

constexpr size_t kMaxJsonBytes = size_t{512} << 20;

std::string line_and_column(std::string_view text, size_t byte) {
  byte = std::min(byte, text.size());
  size_t line = 1, column = 1;
  for (size_t i = 0; i + 1 < byte; ++i) {
    if (text[i] == '\n') {
      ++line;
      column = 1;
    } else {
      ++column;
    }
  }
  return std::to_string(line) + ":" + std::to_string(column);
}

void require_finite(const nlohmann::ordered_json& json, const std::string& where) {
  if (json.is_number_float() && !std::isfinite(json.get<double>()))
    throw DataError(where + ": a value to be written is not finite");
  if (json.is_structured()) {
    for (const auto& [key, value] : json.items()) require_finite(value, where + "/" + key);
  }
}

}  // namespace

int json_depth(std::string_view text) {
  int depth = 0, deepest = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return deepest;
}

nlohmann::json parse_json(std::string_view text, const std::string& where) {
  if (json_depth(text) > kMaxJsonDepth)
    throw DataError(where + ": JSON is nested deeper than " + std::to_string(kMaxJsonDepth) +
                    " levels");
  // The parser takes a NUL byte for the end of the text, and would ignore what follows.
  if (const size_t nul = text.find('\0'); nul != std::string_view::npos)
    throw DataError(where + ":" + line_and_column(text, nul + 1) +
                    ": not valid JSON (is the file complete?)");
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    throw DataError(where + ":" + line_and_column(text, error.byte) +
                    ": not valid JSON (is the file complete?)");
  } catch (const nlohmann::json::exception& error) {
    throw DataError(where + ": not valid JSON: " + error.what());
  }
}

nlohmann::json read_json_file(const std::filesystem::path& path) {
  const MappedFile file(path);
  if (file.size() > kMaxJsonBytes)
    throw DataError(path.string() + ": expected a JSON file of at most 512 MiB, got " +
                    std::to_string(file.size()) + " bytes");
  return parse_json(file.text(), path.string());
}

void write_json_file(const std::filesystem::path& path, const nlohmann::ordered_json& json) {
  require_finite(json, path.string());
  write_file_atomic(path,
                    json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

}  // namespace limbeck
