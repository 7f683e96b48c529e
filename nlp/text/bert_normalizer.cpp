#include "nlp/text/bert_normalizer.h"

#include <algorithm>
#include <string>

#include "nlp/text/bert_characters.h"
#include "nlp/text/utf8.h"

namespace limbeck::nlp {
namespace {

/// Takes cleaned characters one by one; holds a run of combining marks back until it can be sorted.
class Normalizing {
 public:
  explicit Normalizing(const BertNormalizerOptions& options) : options_(options) {}

  void add(char32_t c, TextSpan span) {
    if (!options_.strips_accents()) return emit(c, span);
    parts_.clear();
    append_decomposition(c, parts_);
    for (size_t i = 0; i < parts_.size(); ++i) {
      const int combining_class = canonical_combining_class(parts_[i]);
      const Mark part{combining_class, parts_[i], i == 0};
      if (part.starts_source) sources_.push_back(span);
      if (combining_class == 0) flush();
      marks_.push_back(part);
      if (combining_class == 0) flush();
    }
  }

  std::vector<NormalizedCharacter> finish() {
    flush();
    return std::move(out_);
  }

 private:
  struct Mark {
    int combining_class;
    char32_t code_point;
    bool starts_source;  // the first part of its original character
  };

  /// Canonical ordering: the marks of a run stand in the order of their classes. The reference
  /// moves the marks and leaves the spans where they were, so spans never decrease.
  void flush() {
    std::stable_sort(marks_.begin(), marks_.end(), [](const Mark& a, const Mark& b) {
      return a.combining_class < b.combining_class;
    });
    for (const Mark& mark : marks_) {
      if (mark.starts_source) source_ = sources_[next_source_++];
      emit_unless_mark(mark.code_point, source_);
    }
    marks_.clear();
    if (next_source_ == sources_.size()) {
      sources_.clear();
      next_source_ = 0;
    }
  }

  void emit_unless_mark(char32_t c, TextSpan span) {
    if (!is_bert_nonspacing_mark(c)) emit(c, span);
  }

  void emit(char32_t c, TextSpan span) {
    if (!options_.lowercase) {
      out_.push_back({c, span});
      return;
    }
    lower_.clear();
    append_lowercase(c, lower_);
    for (const char32_t lower : lower_) out_.push_back({lower, span});
  }

  const BertNormalizerOptions& options_;
  std::u32string parts_, lower_;
  std::vector<Mark> marks_;
  std::vector<TextSpan> sources_;  // of the characters that marks_ come from, in text order
  size_t next_source_ = 0;
  TextSpan source_;
  std::vector<NormalizedCharacter> out_;
};

}  // namespace

std::vector<NormalizedCharacter> bert_normalize(std::string_view text,
                                                const BertNormalizerOptions& options) {
  Normalizing normalizing(options);
  for (size_t at = 0; at < text.size();) {
    const DecodedCharacter decoded = decode_utf8(text, at);
    const TextSpan span{static_cast<int32_t>(at), static_cast<int32_t>(at) + decoded.bytes};
    at += static_cast<size_t>(decoded.bytes);
    char32_t c = decoded.code_point;
    if (options.clean_text) {
      if (c == 0 || c == 0xFFFD || is_bert_control(c)) continue;
      if (is_bert_whitespace(c)) c = ' ';
    }
    const bool is_spaced = options.space_ideographs && is_bert_ideograph(c);
    if (is_spaced) normalizing.add(' ', span);
    normalizing.add(c, span);
    if (is_spaced) normalizing.add(' ', span);
  }
  return normalizing.finish();
}

}  // namespace limbeck::nlp
