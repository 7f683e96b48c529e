#include <algorithm>
#include <charconv>
#include <optional>

#include "nlp/causal/causal_model.h"
#include "nlp/core/interrupt.h"
#include "nlp/core/threads.h"
#include "tools/limbeck/commands.h"
#include "tools/limbeck/exit_code.h"
#include "tools/limbeck/result_stream.h"
#include "tools/limbeck/text_input.h"

namespace limbeck::tools {
namespace {

constexpr size_t kChunkTexts = 8192;

struct TokenizeOptions {
  std::string model;              ///< model directory
  std::vector<std::string> text;  ///< texts on the command line
  std::string input = "-";
  std::string field;
  bool pair = false;       ///< each line holds two texts with a tab between
  int32_t max_length = 0;  ///< tokens kept; 0 = what the model says
  int64_t limit = 0;       ///< texts read; 0 = all

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("model", self.model, "model directory: only its tokenizer is read");
    visit("text", self.text, "texts; none: lines of --input");
    visit("input", self.input,
          "text file with one text a line (.gz and .jsonl too); -: standard input");
    visit("field", self.field, "read JSON lines and take the text under this key (.jsonl: text)");
    visit("pair", self.pair, "each line holds two texts with a tab between");
    visit("max_length", self.max_length,
          "tokens kept of a text, special tokens included; 0: as many as the model takes");
    visit("limit", self.limit, "texts at most; 0: all");
  }
};

void append_number(int64_t number, std::string& text) {
  char digits[24];
  text.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

class TokenizeCommand final : public Command {
 public:
  TokenizeCommand()
      : Command(
            {"tokenize",
             "print the token ids of texts",
             "Prints one line of token ids for each text, with the special tokens of the model. "
             "With --format json, one object a text: ids, tokens, type_ids and the byte spans.",
             {{"limbeck tokenize --model DIR 'A sentence.'", "prints one line of ids"},
              {"cut -f1,2 pairs.tsv | limbeck tokenize --model DIR --pair",
               "prints the ids of pairs"}}}) {
    table()
        .bind(options_)
        .directory("model")
        .file("input")
        .positional("text", "TEXT")
        .outside_config("text");
    bind_general();
  }

  int run(const Invocation&) override {
    if (options_.model.empty()) throw ConfigError("--model: expected a model directory");
    if (options_.limit < 0)
      throw ConfigError("--limit: expected 0 or more, got " + std::to_string(options_.limit));
    if (options_.max_length < 0)
      throw ConfigError("--max-length: expected 0 or more, got " +
                        std::to_string(options_.max_length));
    const std::unique_ptr<nlp::Tokenizer> tokenizer = nlp::load_any_tokenizer(options_.model);
    max_length_ = options_.max_length > 0 ? options_.max_length : tokenizer->model_max_length();
    TextInput input({options_.text, options_.input, options_.field});
    ResultStream out(is_quiet());
    std::vector<InputText> texts;
    size_t left = options_.limit > 0 ? static_cast<size_t>(options_.limit) : SIZE_MAX;
    while (left > 0 && read_chunk(input, std::min(left, kChunkTexts), texts)) {
      left -= texts.size();
      for (const std::string& lines : lines_of(*tokenizer, texts)) out.write(lines);
      stop_if_interrupted("the lines printed so far are complete");
    }
    out.flush();
    return kDone;
  }

 private:
  bool read_chunk(TextInput& input, size_t count, std::vector<InputText>& texts) const {
    texts.clear();
    for (InputText text; texts.size() < count && input.next(text); texts.push_back(std::move(text)))
      if (options_.pair && std::count(text.text.begin(), text.text.end(), '\t') != 1)
        input.fail("expected two texts with one tab between (--pair)");
    return !texts.empty();
  }

  /// One string a range of texts, in order.
  std::vector<std::string> lines_of(const nlp::Tokenizer& tokenizer,
                                    const std::vector<InputText>& texts) const {
    constexpr int64_t kRange = 256;
    const int64_t count = static_cast<int64_t>(texts.size());
    std::vector<std::string> lines(static_cast<size_t>((count + kRange - 1) / kRange));
    parallel_for(static_cast<int64_t>(lines.size()), 1, [&](int64_t begin, int64_t end) {
      for (int64_t range = begin; range < end; ++range)
        for (int64_t i = range * kRange; i < std::min(count, (range + 1) * kRange); ++i)
          append_line(tokenizer, texts[static_cast<size_t>(i)].text,
                      lines[static_cast<size_t>(range)]);
    });
    return lines;
  }

  void append_line(const nlp::Tokenizer& tokenizer, std::string_view text,
                   std::string& line) const {
    std::optional<std::string_view> second;
    if (options_.pair) {
      const size_t tab = text.find('\t');
      second = text.substr(tab + 1);
      text = text.substr(0, tab);
    }
    if (is_json()) {
      line += object_of(tokenizer, tokenizer.encode(text, second, max_length_)) + "\n";
      return;
    }
    std::vector<int32_t> ids;
    tokenizer.append_ids(text, second, max_length_, ids);
    for (size_t i = 0; i < ids.size(); ++i) {
      if (i > 0) line += ' ';
      append_number(ids[i], line);
    }
    line += '\n';
  }

  static std::string object_of(const nlp::Tokenizer& tokenizer, const nlp::Encoding& encoding) {
    nlohmann::ordered_json json = {{"ids", encoding.ids}};
    nlohmann::ordered_json tokens = nlohmann::ordered_json::array(), spans = tokens;
    for (const int32_t id : encoding.ids) tokens.push_back(tokenizer.token(id));
    for (const nlp::TextSpan& span : encoding.spans) spans.push_back({span.begin, span.end});
    json["tokens"] = std::move(tokens);
    json["type_ids"] = encoding.type_ids;
    json["spans"] = std::move(spans);
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }

  TokenizeOptions options_;
  int32_t max_length_ = 0;
};

}  // namespace

std::unique_ptr<Command> make_tokenize() { return std::make_unique<TokenizeCommand>(); }

}  // namespace limbeck::tools
