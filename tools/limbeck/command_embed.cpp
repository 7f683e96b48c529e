#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "distill/evaluate/task_classifier.h"
#include "nlp/core/interrupt.h"
#include "nlp/core/progress.h"
#include "tools/limbeck/commands.h"
#include "tools/limbeck/exit_code.h"
#include "tools/limbeck/output_file.h"
#include "tools/limbeck/text_input.h"
#include "tools/limbeck/vector_sink.h"

namespace limbeck::tools {
namespace {

struct EmbedOptions {
  std::string model;                  ///< model directory
  std::vector<std::string> sentence;  ///< on the command line
  std::string input = "-";
  std::string field;
  std::string output = "-";
  std::string dtype = "float32";
  int64_t batch_size = 64;  ///< sentences encoded at once; 1 to 65,536
  int64_t limit = 0;        ///< sentences; 0 = all
  bool overwrite = false;   ///< replace an output file that is there

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("model", self.model, "model directory of a teacher (BERT) or a student (BiLSTM)");
    visit("sentence", self.sentence, "sentences; none: lines of --input");
    visit("input", self.input,
          "text file with one sentence a line (.gz and .jsonl too); -: standard input");
    visit("field", self.field, "read JSON lines and take the text under this key (.jsonl: text)");
    visit("output", self.output,
          "file to write: .npy, .safetensors (tensor \"embeddings\") or .jsonl; -: JSON lines on "
          "standard output");
    visit("dtype", self.dtype, "arithmetic: float32, bfloat16 or int8; vectors are float32");
    visit("batch_size", self.batch_size, "sentences encoded at once");
    visit("limit", self.limit, "sentences at most; 0: all");
    visit("overwrite", self.overwrite, "replace the output file");
  }

  /// Throws: ConfigError naming the option and the value.
  void validate() const {
    if (model.empty()) throw ConfigError("--model: expected a model directory");
    if (batch_size < 1 || batch_size > 65536)
      throw ConfigError("--batch-size: expected 1 to 65536, got " + std::to_string(batch_size));
    if (limit < 0) throw ConfigError("--limit: expected 0 or more, got " + std::to_string(limit));
    require_vector_ending(output);
    if (output != "-")
      require_replaceable("--output", output, overwrite,
                          {{"--input", input == "-" ? "" : input}, {"--model", model}});
  }
};

class EmbedCommand final : public Command {
 public:
  EmbedCommand()
      : Command(
            {"embed",
             "turn sentences into vectors",
             "Encodes each sentence as one vector, with a teacher or a student; row i of the "
             "result belongs to line i of the input. Large inputs are streamed; the output file "
             "appears when it is whole.",
             {{"limbeck embed --model DIR 'One.' 'Two.'", "prints JSON lines"},
              {"limbeck embed --model DIR --input lines.txt --output vectors.npy",
               "writes an (N, D) array for NumPy"}}}) {
    table()
        .bind(options_)
        .directory("model")
        .file("input")
        .file("output")
        .choices("dtype", {"float32", "bfloat16", "int8"})
        .positional("sentence", "SENTENCE")
        .outside_config("sentence");
    bind_general();
  }

  int run(const Invocation&) override {
    options_.validate();
    const std::unique_ptr<nlp::SentenceEncoder> encoder =
        distill::load_sentence_encoder(options_.model, nlp::parse_precision(options_.dtype));
    TextInput input({options_.sentence, options_.input, options_.field});
    const std::unique_ptr<VectorSink> sink =
        open_vector_sink(options_.output, encoder->width(), is_quiet());
    const int64_t rows = encode_all(*encoder, input, *sink);
    sink->commit();
    if (options_.output != "-" && !is_quiet()) print_summary(rows, encoder->width());
    return kDone;
  }

 private:
  /// The number of sentences. Chunks are many batches long, so that lengths can be sorted, and
  /// bounded in bytes, so that memory is.
  int64_t encode_all(const nlp::SentenceEncoder& encoder, TextInput& input, VectorSink& sink) {
    const ProgressMode mode = parse_progress_mode(general().progress);
    const int64_t bytes = input_bytes();
    Progress progress("embed, bytes", bytes, bytes > 0 ? mode : ProgressMode::kNever);
    int64_t bytes_done = 0;
    std::vector<InputText> texts;
    int64_t rows = 0;
    for (;;) {
      int64_t count = std::max<int64_t>(4096, 16 * options_.batch_size);
      if (options_.limit > 0) count = std::min(count, options_.limit - rows);
      if (count == 0 || !input.next_chunk(static_cast<size_t>(count), texts)) break;
      std::vector<std::string> sentences;
      for (const InputText& text : texts) {
        sentences.push_back(text.text);
        bytes_done += static_cast<int64_t>(text.text.size()) + 1;
      }
      sink.append(texts, encoder.encode(sentences, options_.batch_size));
      rows += static_cast<int64_t>(texts.size());
      progress.update(std::min(bytes_done, bytes), std::to_string(rows) + " sentences");
      stop_if_interrupted("no output file was written (run it again)");
    }
    progress.finish(std::to_string(rows) + " sentences");
    return rows;
  }

  /// Size of a plain text file that is read to its end, the one case where the end is known; else
  /// 0.
  int64_t input_bytes() const {
    const bool is_plain = options_.input != "-" && options_.field.empty() &&
                          !options_.input.ends_with(".gz") && !options_.input.ends_with(".jsonl");
    if (!is_plain || options_.output == "-" || options_.limit > 0 || is_quiet()) return 0;
    std::error_code code;
    const auto size = std::filesystem::file_size(options_.input, code);
    return code ? 0 : static_cast<int64_t>(size);
  }

  void print_summary(int64_t rows, int64_t width) const {
    if (!is_json()) {
      std::fprintf(stderr, "limbeck: %lld vectors of width %lld in %s\n",
                   static_cast<long long>(rows), static_cast<long long>(width),
                   options_.output.c_str());
      return;
    }
    print_result(
        nlohmann::ordered_json{{"output", options_.output}, {"rows", rows}, {"width", width}}
            .dump() +
        "\n");
  }

  EmbedOptions options_;
};

}  // namespace

std::unique_ptr<Command> make_embed() { return std::make_unique<EmbedCommand>(); }

}  // namespace limbeck::tools
