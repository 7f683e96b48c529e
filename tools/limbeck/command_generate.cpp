#include <unistd.h>

#include <map>

#include "nlp/causal/generator.h"
#include "nlp/core/interrupt.h"
#include "nlp/core/progress.h"
#include "nlp/text/lossy_utf8.h"
#include "tools/limbeck/commands.h"
#include "tools/limbeck/exit_code.h"
#include "tools/limbeck/language_model_options.h"
#include "tools/limbeck/result_stream.h"
#include "tools/limbeck/text_input.h"

namespace limbeck::tools {
namespace {

struct GenerateCommandOptions {
  std::vector<std::string> prompt;  ///< on the command line
  std::string input = "-";
  std::string field;
  int64_t count = 1;         ///< continuations of each prompt; 1 to 1,000,000
  int64_t max_tokens = 50;   ///< of a continuation
  int64_t batch_size = 128;  ///< continuations at once
  uint64_t seed = 1;
  int64_t limit = 0;  ///< prompts; 0 = all

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("prompt", self.prompt, "texts to go on from; none: lines of --input");
    visit("input", self.input,
          "text file with one prompt a line (.gz and .jsonl too); -: standard input");
    visit("field", self.field, "read JSON lines and take the prompt under this key (.jsonl: text)");
    visit("count", self.count, "continuations of each prompt");
    visit("max_tokens", self.max_tokens, "tokens of a continuation at most");
    visit("batch_size", self.batch_size,
          "continuations computed at once; results do not depend on it");
    visit("seed", self.seed, "seed of all draws");
    visit("limit", self.limit, "prompts at most; 0: all");
  }
  /// Throws: ConfigError naming the option and the value.
  void validate() const {
    if (count < 1 || count > 1'000'000)
      throw ConfigError("--count: expected 1 to 1000000, got " + std::to_string(count));
    if (limit < 0) throw ConfigError("--limit: expected 0 or more, got " + std::to_string(limit));
  }
};

/// Prints text as it comes, but never a part of a character.
class TextStream {
 public:
  explicit TextStream(ResultStream& out) : out_(out) {}
  void add(std::string_view bytes) {
    held_ += bytes;
    const size_t ready = held_.size() - nlp::open_utf8_tail(held_);
    write(ready);
  }
  void end() { write(held_.size()); }

 private:
  void write(size_t count) {
    out_.write(nlp::lossy_utf8(held_.substr(0, count)));
    out_.flush();
    held_.erase(0, count);
  }
  ResultStream& out_;
  std::string held_;
};

class GenerateCommand final : public Command {
 public:
  GenerateCommand()
      : Command(
            {"generate",
             "continue texts with a language model",
             "Draws continuations of each prompt. One continuation is printed as it is drawn; "
             "many are computed together, a prompt's tokens once for all of them. The same "
             "seed gives the same texts, whatever the batch size or the number of threads. With "
             "--format json, one object a continuation: prompt, index, text, tokens, ended.",
             {{"limbeck generate --model DIR --prompt 'The meaning of life is'",
               "prints one continuation as it is drawn"},
              {"limbeck generate --model DIR --input prompts.txt --count 100 --format json",
               "prints 100 continuations of each line as JSON lines"}}}) {
    table()
        .bind(model_)
        .bind(options_)
        .bind(sampling_)
        .file("model")
        .file("input")
        .choices("dtype", {"auto", "float32", "bfloat16", "int8", "stored"})
        .outside_config("prompt");
    bind_general();
  }

  int run(const Invocation&) override {
    model_.validate();
    options_.validate();
    nlp::GenerateOptions options{options_.max_tokens, options_.batch_size, options_.seed,
                                 sampling_};
    options.validate();
    const std::vector<nlp::GenerationPrompt> prompts = read_prompts();
    if (prompts.empty()) return kInconclusive;
    const nlp::CausalModel model(model_.model, model_.format());
    nlp::require_room(model, prompts, options.max_tokens);  // before any of them is printed
    ResultStream out(is_quiet());
    const auto items = nlp::all_items(static_cast<int64_t>(prompts.size()), options_.count);
    if (items.size() == 1 && !is_json())
      stream(model, prompts, items, options, out);
    else
      batch(model, prompts, items, options, out);
    out.flush();
    return kDone;
  }

 private:
  std::vector<nlp::GenerationPrompt> read_prompts() {
    TextInput input({options_.prompt, options_.input, options_.field});
    std::vector<nlp::GenerationPrompt> prompts;
    for (InputText text; input.next(text);) {
      prompts.push_back({text.text, text.text});
      if (options_.limit > 0 && static_cast<int64_t>(prompts.size()) == options_.limit) break;
    }
    return prompts;
  }

  static void stream(const nlp::CausalModel& model,
                     const std::vector<nlp::GenerationPrompt>& prompts,
                     const std::vector<nlp::GenerationItem>& items,
                     const nlp::GenerateOptions& options, ResultStream& out) {
    TextStream text(out);
    text.add(prompts[0].text);
    nlp::GenerationSink sink;
    sink.token = [&](nlp::GenerationItem, int32_t id) {
      text.add(model.tokenizer().token_bytes(id));
    };
    sink.step = [] { stop_if_interrupted("the text printed so far is what was drawn"); };
    nlp::generate(model, prompts, items, options, sink);
    text.end();
    out.write("\n");
  }

  /// Continuations end out of order and are printed in order.
  void batch(const nlp::CausalModel& model, const std::vector<nlp::GenerationPrompt>& prompts,
             const std::vector<nlp::GenerationItem>& items, const nlp::GenerateOptions& options,
             ResultStream& out) {
    Progress progress("generate", static_cast<int64_t>(items.size()),
                      is_quiet() ? ProgressMode::kNever : parse_progress_mode(general().progress));
    std::map<std::pair<int64_t, int64_t>, std::string> waiting;
    size_t printed = 0;
    int64_t done = 0, tokens = 0;
    nlp::GenerationSink sink;
    sink.finished = [&](const nlp::Continuation& one) {
      tokens += static_cast<int64_t>(one.ids.size());
      progress.update(++done, std::to_string(tokens) + " tokens");
      waiting[{one.item.prompt, one.item.index}] =
          line_of(prompts[static_cast<size_t>(one.item.prompt)].text, one);
      for (; printed < items.size(); ++printed) {
        const auto found = waiting.find({items[printed].prompt, items[printed].index});
        if (found == waiting.end()) break;
        out.write(found->second);
        waiting.erase(found);
      }
    };
    sink.step = [&] {
      out.flush();
      stop_if_interrupted("the lines printed so far are complete");
    };
    try {
      nlp::generate(model, prompts, items, options, sink);
    } catch (const Interrupted&) {  // what waits for its turn is not lost
      for (const auto& [key, line] : waiting) out.write(line);
      out.flush();
      throw;
    }
    progress.finish(std::to_string(tokens) + " tokens");
  }

  std::string line_of(const std::string& prompt, const nlp::Continuation& one) const {
    if (!is_json()) return prompt + one.text + "\n";
    const nlohmann::ordered_json json = {{"prompt", prompt},
                                         {"index", one.item.index},
                                         {"text", one.text},
                                         {"tokens", one.ids.size()},
                                         {"ended", one.ended}};
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  }

  LanguageModelOptions model_;
  GenerateCommandOptions options_;
  nlp::SamplingOptions sampling_;
};

}  // namespace

std::unique_ptr<Command> make_generate() { return std::make_unique<GenerateCommand>(); }

}  // namespace limbeck::tools
