#pragma once

#include <cstdint>
#include <string>

namespace limbeck::distill {

/// What a model is fine-tuned on and how its parts learn; the loop's own settings are
/// nlp::TrainerOptions.
struct FineTuneOptions {
  std::string model;     ///< teacher or student directory
  std::string task;      ///< name of a task: cola, sst2, ..., snippets; or empty with train and dev
  std::string glue_dir;  ///< folder of the GLUE tasks, or of the named asset
  std::string train;     ///< TSV with a header: sentence | sentence1, sentence2, and label | score
  std::string dev;       ///< the same, kept apart
  std::string output;
  bool control = false;          ///< also train the same architecture from random weights
  bool control_initial = false;  ///< also train the student as it was before distillation
  int64_t repeats =
      1;  ///< runs with seeds seed, seed + 1, ...; the report gives mean and deviation
  int64_t head_width = 0;    ///< hidden units of the head; 0: 256 for pairs of a student, else none
  int64_t max_length = 128;  ///< tokens kept of an example
  int64_t limit = 0;         ///< training examples used, chosen by the seed; 0 = all
  double dropout = 0.3;      ///< on the features that the head reads
  double word_dropout = 0.0;  ///< student: probability that a whole token is dropped
  double embedding_dropout =
      0.2;  ///< student: probability that an embedding unit is dropped for a sentence
  double encoder_rate =
      0;  ///< learning rate of the encoder, times --learning-rate; 0: 1 for a student, .05 for BERT
  double embedding_rate = 0;  ///< of the embedding tables; 0: as the encoder
  double layer_decay =
      1.0;  ///< BERT: each layer further from the head learns this much slower; (0, 1]

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("model", self.model, "teacher or student directory");
    visit("task", self.task, "cola, sst2, mrpc, stsb, qqp, mnli, qnli, rte, wnli or snippets");
    visit("glue_dir", self.glue_dir, "folder of the GLUE tasks, or of the snippets");
    visit("train", self.train, "TSV to learn from, with a header");
    visit("dev", self.dev, "TSV to evaluate on, with a header");
    visit("output", self.output, "directory to write");
    visit("control", self.control, "also train the same architecture from random weights");
    visit("control_initial", self.control_initial,
          "also train the student as it was before distillation");
    visit("repeats", self.repeats, "runs with successive seeds");
    visit("head_width", self.head_width, "hidden units of the head; 0: by task and model");
    visit("max_length", self.max_length, "tokens kept of an example");
    visit("limit", self.limit, "training examples used; 0: all");
    visit("dropout", self.dropout, "dropout of the features that the head reads");
    visit("word_dropout", self.word_dropout, "student: probability that a token is dropped");
    visit("embedding_dropout", self.embedding_dropout, "student: dropout of embedding units");
    visit("encoder_rate", self.encoder_rate,
          "learning rate of the encoder as a multiple; 0: by model");
    visit("embedding_rate", self.embedding_rate, "that of the embeddings; 0: as the encoder");
    visit("layer_decay", self.layer_decay, "BERT: factor of the learning rate from layer to layer");
  }
  /// Throws: ConfigError naming the option and the value.
  void validate() const;
};

}  // namespace limbeck::distill
