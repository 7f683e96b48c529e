#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "data/read/jsonl_reader.h"
#include "data/read/line_reader.h"

namespace limbeck::tools {

/// One text of the input, with the JSON object it came in.
struct InputText {
  std::string text;
  nlohmann::json object;  ///< null unless the input is JSONL
};

/// Where the texts of a command come from.
struct TextSource {
  std::vector<std::string> arguments;  ///< on the command line; then nothing else is read
  std::string input = "-";             ///< file, or "-" for standard input
  std::string
      field;  ///< key of a JSONL input; empty: "text" for a file NAME.jsonl, else plain lines
};

/// Texts one by one: arguments, or the lines of a file, of JSONL, of standard input.
class TextInput {
 public:
  /// Throws: ConfigError when arguments are given beside a file; DataError when the file cannot be
  /// read.
  explicit TextInput(TextSource source);

  /// The next text; false at the end. Throws: DataError `file:line:column: ...`.
  bool next(InputText& text);
  /// At most `count` further texts, and no more once they have
  /// data::kMostChunkBytes (of JSON, the objects), replacing those in
  /// `texts`; false when none is left.
  bool next_chunk(size_t count, std::vector<InputText>& texts);

  /// Throws: DataError `file:line:1: message` for the text that was read last.
  [[noreturn]] void fail(const std::string& message) const;

 private:
  /// Bytes that the text read last took in the input.
  size_t bytes_of(const InputText& text) const;

  TextSource source_;
  size_t next_argument_ = 0;
  std::unique_ptr<data::LineReader> lines_;
  std::unique_ptr<data::JsonlReader> objects_;
};

}  // namespace limbeck::tools
