#include <sentencepiece_trainer.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "nlp/core/errors.h"
#include "nlp/core/mapped_file.h"
#include "nlp/text/sentencepiece.h"
#include "nlp/text/utf8.h"

namespace limbeck::nlp {
namespace {

constexpr size_t kMostLineBytes = 16 << 10;
constexpr std::array<const char*, 5> kNormalizations = {"nmt_nfkc", "nfkc", "nmt_nfkc_cf",
                                                        "nfkc_cf", "identity"};

void require(bool holds, const char* field, const char* expected, const std::string& got) {
  if (!holds)
    throw ConfigError(std::string("sentencepiece: ") + field + ": expected " + expected + ", got " +
                      got);
}

class LineIterator : public sentencepiece::SentenceIterator {
 public:
  explicit LineIterator(const std::vector<std::string>& lines) : lines_(lines) {}
  bool done() const override { return at_ >= lines_.size(); }
  void Next() override { ++at_; }
  const std::string& value() const override { return lines_[at_]; }
  sentencepiece::util::Status status() const override { return {}; }

 private:
  const std::vector<std::string>& lines_;
  size_t at_ = 0;
};

/// The line in parts of at most kMostLineBytes: cut at spaces, else between characters.
void add_parts(std::string_view line, std::vector<std::string>& parts) {
  while (line.size() > kMostLineBytes) {
    size_t cut = line.rfind(' ', kMostLineBytes);
    if (cut == std::string_view::npos || cut == 0) {
      cut = kMostLineBytes;
      while ((line[cut] & 0xC0) == 0x80) --cut;
    }
    parts.emplace_back(line.substr(0, cut));
    line.remove_prefix(cut);
  }
  if (line.find_first_not_of(" \t\r\n") != std::string_view::npos) parts.emplace_back(line);
}

void add_line(std::string_view line, const std::string& where, std::vector<std::string>& parts) {
  if (first_invalid_utf8(line) != std::string_view::npos) throw DataError(where + ": not UTF-8");
  add_parts(line, parts);
}

std::string number(double value) { return std::to_string(value); }

std::string train(const std::vector<std::string>& parts,
                  const SentencePieceTrainingOptions& options) {
  if (parts.empty()) throw DataError("sentencepiece: expected text to learn from, got none");
  const std::unordered_map<std::string, std::string> arguments = {
      {"model_type", options.model},
      {"vocab_size", std::to_string(options.vocabulary_size)},
      {"character_coverage", number(options.character_coverage)},
      {"byte_fallback", options.byte_fallback ? "true" : "false"},
      {"normalization_rule_name", options.normalization},
      {"max_sentencepiece_length", std::to_string(options.max_piece_length)},
      {"max_sentence_length", std::to_string(kMostLineBytes + 1)},
      {"pad_id", "0"},
      {"unk_id", "1"},
      {"bos_id", "-1"},
      {"eos_id", options.end_piece ? std::to_string(kEndPiece) : "-1"},
      {"num_threads", "1"},
      {"minloglevel", "2"},
  };
  LineIterator lines(parts);
  std::string model;
  const auto status = sentencepiece::SentencePieceTrainer::Train(arguments, &lines, &model);
  if (status.ok()) return model;
  std::string reason = status.ToString();  // "Internal: file(line) [check] what to do"
  if (const size_t check = reason.rfind("] "); check != std::string::npos)
    reason.erase(0, check + 2);
  std::replace(reason.begin(), reason.end(), '\n', ' ');
  throw ConfigError("sentencepiece: cannot learn " + std::to_string(options.vocabulary_size) +
                    " pieces from " + std::to_string(parts.size()) + " lines: " + reason);
}

}  // namespace

void SentencePieceTrainingOptions::validate() const {
  require(model == "unigram" || model == "bpe", "model", "unigram or bpe", "'" + model + "'");
  require(vocabulary_size >= 8 && vocabulary_size <= 1'000'000, "vocabulary_size", "8 to 1000000",
          std::to_string(vocabulary_size));
  require(!byte_fallback || vocabulary_size >= 300, "vocabulary_size",
          "at least 300 with byte_fallback", std::to_string(vocabulary_size));
  require(character_coverage > 0.9 && character_coverage <= 1.0, "character_coverage",
          "above 0.9 and at most 1", number(character_coverage));
  require(std::find(kNormalizations.begin(), kNormalizations.end(), normalization) !=
              kNormalizations.end(),
          "normalization", "nmt_nfkc, nfkc, nmt_nfkc_cf, nfkc_cf or identity",
          "'" + normalization + "'");
  require(max_piece_length >= 1 && max_piece_length <= 512, "max_piece_length", "1 to 512",
          std::to_string(max_piece_length));
}

std::string train_sentencepiece(const std::vector<std::string>& lines,
                                const SentencePieceTrainingOptions& options) {
  options.validate();
  std::vector<std::string> parts;
  for (size_t i = 0; i < lines.size(); ++i)
    add_line(lines[i], "line " + std::to_string(i + 1), parts);
  return train(parts, options);
}

std::string train_sentencepiece(const std::vector<std::filesystem::path>& files,
                                const SentencePieceTrainingOptions& options) {
  options.validate();
  std::vector<std::string> parts;
  for (const std::filesystem::path& file : files) {
    const MappedFile mapped(file);
    std::string_view left = mapped.text();
    for (size_t number = 1; !left.empty(); ++number) {
      const size_t end = std::min(left.find('\n'), left.size());
      add_line(left.substr(0, end), file.string() + ":" + std::to_string(number), parts);
      left.remove_prefix(std::min(end + 1, left.size()));
    }
  }
  return train(parts, options);
}

}  // namespace limbeck::nlp
