#include <cstdio>

#include "data/read/line_reader.h"
#include "fairness/metric/text_perplexity.h"
#include "nlp/core/interrupt.h"
#include "nlp/core/progress.h"
#include "tools/limbeck/commands.h"
#include "tools/limbeck/exit_code.h"
#include "tools/limbeck/language_model_options.h"
#include "tools/limbeck/result_stream.h"
#include "tools/limbeck/text_input.h"

namespace limbeck::tools {
namespace {

constexpr const char* kNothingPrinted = "nothing was printed (run it again)";

struct PerplexityCommandOptions {
  std::string text;   ///< file
  std::string words;  ///< file of sensitive words; empty: none
  int64_t limit = 0;  ///< tokens; 0 = all

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("text", self.text, "text file to score (.gz too)");
    visit("words", self.words,
          "file with one word or phrase a line: also the perplexity of the windows that have one");
    visit("limit", self.limit, "tokens at most; 0: all");
  }
};

class PerplexityCommand final : public Command {
 public:
  PerplexityCommand()
      : Command({"perplexity",
                 "score a text with a language model",
                 "Prints exp of the mean negative log probability of the text's tokens, each given "
                 "the tokens before it in its window. With --words, also over the windows alone "
                 "that contain one of the words (PPL^s).",
                 {{"limbeck perplexity --model DIR --text test.txt --format json",
                   "prints perplexity, tokens and the mean loss"}}}) {
    table()
        .bind(model_)
        .bind(options_)
        .bind(windows_)
        .file("model")
        .file("text")
        .file("words")
        .choices("dtype", {"auto", "float32", "bfloat16", "int8", "stored"});
    bind_general();
  }

  int run(const Invocation&) override {
    model_.validate();
    if (options_.text.empty()) throw ConfigError("--text: expected a text file");
    if (options_.limit < 0)
      throw ConfigError("--limit: expected 0 or more, got " + std::to_string(options_.limit));
    if (!options_.words.empty() && windows_.stride != 0)
      throw ConfigError("--words: expected windows without overlap (leave --stride out)");
    const std::string text = read_text(options_.text);
    std::vector<fairness::WordList> lists;
    if (!options_.words.empty()) lists.push_back({options_.words, read_lines(options_.words)});
    const nlp::CausalModel model(model_.model, model_.format());
    print(model, score(model, text, lists));
    return kDone;
  }

 private:
  static std::vector<std::string> read_lines(const std::string& path) {
    data::LineReader reader(path);
    std::vector<std::string> lines;
    for (std::string line; reader.next(line);) {
      lines.push_back(line);
      stop_if_interrupted(kNothingPrinted);
    }
    return lines;
  }

  /// The whole text; the line reader checks that it is UTF-8 and unpacks it.
  static std::string read_text(const std::string& path) {
    std::string text;
    for (const std::string& line : read_lines(path)) text += line + "\n";
    return text;
  }

  fairness::TextPerplexity score(const nlp::CausalModel& model, const std::string& text,
                                 const std::vector<fairness::WordList>& lists) const {
    std::unique_ptr<Progress> progress;
    const ProgressMode mode =
        is_quiet() ? ProgressMode::kNever : parse_progress_mode(general().progress);
    const fairness::TextPerplexity result = fairness::text_perplexity(
        model, text, lists, {windows_.of_model(model.config().max_positions), options_.limit},
        [&](int64_t done, int64_t total) {
          if (!progress) progress = std::make_unique<Progress>("perplexity, tokens", total, mode);
          progress->update(done);
          stop_if_interrupted(kNothingPrinted);
        });
    if (progress) progress->finish();
    return result;
  }

  void print(const nlp::CausalModel& model, const fairness::TextPerplexity& result) const {
    if (is_quiet()) return;
    nlohmann::ordered_json json = {
        {"model", model.description()},
        {"perplexity", result.all.perplexity()},
        {"tokens", result.all.tokens},
        {"mean_negative_log_likelihood",
         result.all.negative_log_likelihood / static_cast<double>(result.all.tokens)}};
    if (!options_.words.empty()) {
      json["sensitive_tokens"] = result.sensitive.tokens;
      if (result.sensitive.tokens > 0) json["sensitive_perplexity"] = result.sensitive.perplexity();
    }
    if (is_json()) return print_result(json.dump(2) + "\n");
    char line[160];
    std::snprintf(line, sizeof line, "perplexity %.4f over %lld tokens\n", result.all.perplexity(),
                  static_cast<long long>(result.all.tokens));
    std::string text = line;
    if (!options_.words.empty() && result.sensitive.tokens == 0) {
      text += "with a sensitive word none of the text's windows\n";
    } else if (!options_.words.empty()) {
      std::snprintf(line, sizeof line, "with a sensitive word %.4f over %lld tokens\n",
                    result.sensitive.perplexity(), static_cast<long long>(result.sensitive.tokens));
      text += line;
    }
    print_result(text);
  }

  LanguageModelOptions model_;
  PerplexityCommandOptions options_;
  nlp::PerplexityOptions windows_;
};

}  // namespace

std::unique_ptr<Command> make_perplexity() { return std::make_unique<PerplexityCommand>(); }

}  // namespace limbeck::tools
