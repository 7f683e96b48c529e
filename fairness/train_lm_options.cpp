#include "fairness/train_lm_options.h"

#include "nlp/core/errors.h"

namespace limbeck::fairness {
namespace {

void require(bool holds, const char* option, const std::string& expected, const std::string& got) {
  if (!holds)
    throw ConfigError(std::string("--") + option + ": expected " + expected + ", got " + got);
}

void require_between(const char* option, int64_t least, int64_t most, int64_t got) {
  require(got >= least && got <= most, option,
          std::to_string(least) + " to " + std::to_string(most), std::to_string(got));
}

}  // namespace

int64_t TrainLmOptions::feed_forward_width() const {
  if (intermediate > 0) return intermediate;
  return is_gpt2() ? 4 * hidden : (hidden * 8 / 3 + 31) / 32 * 32;
}

int64_t TrainLmOptions::shared_heads() const {
  if (is_gpt2() || key_value_heads > 0) return is_gpt2() ? heads : key_value_heads;
  return heads % 2 == 0 ? heads / 2 : heads;
}

void TrainLmOptions::validate() const {
  if (text.empty()) throw ConfigError("--text: expected a text file");
  if (output.empty()) throw ConfigError("--output: expected a directory to write");
  require(limit >= 0, "limit", "0 or more", std::to_string(limit));
  require(validation_count >= 1, "validation-count", "1 or more", std::to_string(validation_count));
  require_between("vocabulary", 300, 1'000'000, vocabulary);
  require(vocabulary_kind == "unigram" || vocabulary_kind == "bpe", "vocabulary-kind",
          "unigram or bpe", "'" + vocabulary_kind + "'");
  require_between("layers", 1, 1000, layers);
  require_between("hidden", 8, 16384, hidden);
  require_between("heads", 1, hidden / 2, heads);
  require(hidden % heads == 0 && hidden / heads % 2 == 0, "heads",
          "heads of an even width in a hidden width of " + std::to_string(hidden),
          std::to_string(heads));
  require(architecture == "llama" || is_gpt2(), "architecture", "llama or gpt2",
          "'" + architecture + "'");
  require(!is_gpt2() || key_value_heads == 0, "key-value-heads",
          "0 with --architecture gpt2, whose heads share nothing", std::to_string(key_value_heads));
  require(key_value_heads >= 0 && heads % shared_heads() == 0 && heads / shared_heads() <= 14,
          "key-value-heads",
          "a divisor of the " + std::to_string(heads) + " heads, at most 14 heads each",
          std::to_string(key_value_heads));
  require(intermediate >= 0 && intermediate <= 1 << 20, "intermediate", "0 to 1048576",
          std::to_string(intermediate));
  require_between("context", 2, 8192, context);
  require(dropout >= 0 && dropout < 1, "dropout", "0 <= p < 1", std::to_string(dropout));
  require_between("samples", 0, 100, samples);
}

}  // namespace limbeck::fairness
