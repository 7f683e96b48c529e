#include <cstdio>

#include "data/read/line_reader.h"
#include "nlp/causal/perplexity.h"
#include "nlp/core/atomic_file.h"
#include "nlp/core/interrupt.h"
#include "nlp/core/progress.h"
#include "nlp/text/phrase_matcher.h"
#include "nlp/text/utf8.h"
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
    const nlp::PhraseMatcher words(options_.words.empty() ? std::vector<std::string>{}
                                                          : read_lines(options_.words));
    const nlp::CausalModel model(model_.model, model_.format());
    windows_.validate(model.config().max_positions);
    std::vector<int32_t> ids = model.document_ids(text);
    if (options_.limit > 0 && static_cast<int64_t>(ids.size()) > options_.limit)
      ids.resize(static_cast<size_t>(options_.limit));
    score(model, ids, words);
    if (all_.tokens == 0) throw DataError(options_.text + ": expected at least two tokens");
    print(model);
    return kDone;
  }

 private:
  static std::vector<std::string> read_lines(const std::string& path) {
    data::LineReader reader(path, kMaxSentenceBytes);
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

  void score(const nlp::CausalModel& model, const std::vector<int32_t>& ids,
             const nlp::PhraseMatcher& words) {
    Progress progress("perplexity, tokens", static_cast<int64_t>(ids.size()),
                      is_quiet() ? ProgressMode::kNever : parse_progress_mode(general().progress));
    const auto report = [&](int64_t done) {
      progress.update(done);
      stop_if_interrupted(kNothingPrinted);
    };
    if (options_.words.empty()) {
      all_ = nlp::score_tokens(model, ids, windows_, report);
    } else {
      const auto context = static_cast<size_t>(windows_.context);
      for (size_t begin = 0; begin < ids.size(); begin += context) {
        const size_t end = std::min(ids.size(), begin + context);
        const std::vector<int32_t> window(ids.begin() + static_cast<int64_t>(begin),
                                          ids.begin() + static_cast<int64_t>(end));
        const nlp::TextScore one = nlp::score_tokens(model, window, windows_);
        all_ += one;
        if (words.contains(model.tokenizer().decode(window))) sensitive_ += one;
        report(static_cast<int64_t>(end));
      }
    }
    progress.finish();
  }

  void print(const nlp::CausalModel& model) const {
    if (is_quiet()) return;
    nlohmann::ordered_json json = {
        {"model", model.description()},
        {"perplexity", all_.perplexity()},
        {"tokens", all_.tokens},
        {"mean_negative_log_likelihood",
         all_.negative_log_likelihood / static_cast<double>(all_.tokens)}};
    if (!options_.words.empty()) {
      json["sensitive_tokens"] = sensitive_.tokens;
      if (sensitive_.tokens > 0) json["sensitive_perplexity"] = sensitive_.perplexity();
    }
    if (is_json()) return print_result(json.dump(2) + "\n");
    char line[160];
    std::snprintf(line, sizeof line, "perplexity %.4f over %lld tokens\n", all_.perplexity(),
                  static_cast<long long>(all_.tokens));
    std::string text = line;
    if (!options_.words.empty()) {
      std::snprintf(line, sizeof line, "with a sensitive word %.4f over %lld tokens\n",
                    sensitive_.perplexity(), static_cast<long long>(sensitive_.tokens));
      text += line;
    }
    print_result(text);
  }

  LanguageModelOptions model_;
  PerplexityCommandOptions options_;
  nlp::PerplexityOptions windows_;
  nlp::TextScore all_, sensitive_;
};

}  // namespace

std::unique_ptr<Command> make_perplexity() { return std::make_unique<PerplexityCommand>(); }

}  // namespace limbeck::tools
