#include "tools/limbeck/text_input.h"

#include "nlp/core/errors.h"
#include "nlp/text/utf8.h"

namespace limbeck::tools {
namespace {

bool is_jsonl(const std::string& file) {
  return file.ends_with(".jsonl") || file.ends_with(".jsonl.gz");
}

}  // namespace

TextInput::TextInput(TextSource source) : source_(std::move(source)) {
  if (!source_.arguments.empty()) {
    if (source_.input != "-")
      throw ConfigError("--input: expected either sentences as arguments or a file, got both");
    return;
  }
  if (source_.field.empty() && is_jsonl(source_.input)) source_.field = "text";
  if (source_.field.empty())
    lines_ = std::make_unique<data::LineReader>(source_.input);
  else
    objects_ = std::make_unique<data::JsonlReader>(source_.input);
}

bool TextInput::next(InputText& text) {
  if (lines_ != nullptr) return lines_->next(text.text);
  if (objects_ != nullptr) {
    if (!objects_->next(text.object)) return false;
    text.text = objects_->text(text.object, source_.field);
    return true;
  }
  if (next_argument_ == source_.arguments.size()) return false;
  text.text = source_.arguments[next_argument_++];
  if (nlp::first_invalid_utf8(text.text) != std::string_view::npos) fail("not valid UTF-8");
  return true;
}

bool TextInput::next_chunk(size_t count, std::vector<InputText>& texts) {
  texts.clear();
  size_t bytes = 0;
  for (InputText text; texts.size() < count && bytes < data::kMostChunkBytes && next(text);) {
    bytes += bytes_of(text);
    texts.push_back(std::move(text));
  }
  return !texts.empty();
}

size_t TextInput::bytes_of(const InputText& text) const {
  return objects_ != nullptr ? objects_->line_bytes() : text.text.size();
}

void TextInput::fail(const std::string& message) const {
  if (lines_ != nullptr) lines_->fail(1, message);
  if (objects_ != nullptr) objects_->fail(message);
  throw DataError("argument " + std::to_string(next_argument_) + ": " + message);
}

}  // namespace limbeck::tools
