#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace limbeck::distill {

/// What the student is trained to reproduce, and from what; the loop's own settings are
/// nlp::TrainerOptions.
struct DistillOptions {
  std::string teacher;                ///< BERT model directory
  std::vector<std::string> text;      ///< plain text files, one sentence a line (.gz too)
  std::vector<std::string> held_out;  ///< plain text files whose sentences stay out of training
  std::string output;                 ///< student directory to be written
  std::string loss = "cosine";        ///< cosine | mse | huber
  std::string pooling =
      "model";  ///< teacher vector: model (as its pooling files say) | cls | mean | max
  std::vector<int64_t> layers;  ///< further targets: mean-pooled hidden states of these layers (1 =
                                ///< first); dropped after training
  double layers_weight = 1.0;   ///< weight of each further target beside the sentence vector; >= 0
  bool center = false;          ///< subtract the corpus mean from the targets
  std::string teacher_dtype = "float32";   ///< float32 | bfloat16 | int8
  std::string student_config;              ///< JSON file with keys of the student; empty: defaults
  std::string embedding_init = "teacher";  ///< random | teacher (PCA of its table) | glove
  std::string glove;                       ///< GloVe text file for embedding_init glove
  int64_t own_vocabulary =
      0;  ///< pieces of a SentencePiece vocabulary trained on the text; 0: the teacher's
  std::string own_vocabulary_kind = "unigram";  ///< unigram | bpe
  std::string
      vocabulary_model;      ///< SentencePiece file whose vocabulary the student takes; empty: none
  int64_t max_length = 128;  ///< teacher tokens kept of a sentence, special tokens included
  int64_t limit = 0;         ///< sentences used; 0 = all
  int64_t validation_count = 2000;  ///< sentences kept out of training, chosen by seed
  std::string pairs;  ///< TSV with sentence1, sentence2, score: Spearman after each evaluation
  double embedding_dropout =
      0.0;  ///< probability of dropping an embedding coordinate in training; [0, 1)

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("teacher", self.teacher, "BERT model directory");
    visit("text", self.text, "plain text, one sentence a line (.gz too); repeatable");
    visit("held_out", self.held_out,
          "plain text whose sentences (such as a dev set's) are left out of --text; repeatable");
    visit("output", self.output, "student directory to write");
    visit("loss", self.loss, "cosine, mse or huber");
    visit("pooling", self.pooling, "teacher vector: model, cls, mean or max");
    visit("layers", self.layers, "also learn the mean hidden state of these teacher layers");
    visit("layers_weight", self.layers_weight,
          "weight of each such layer beside the sentence vector");
    visit("center", self.center, "subtract the corpus mean from the teacher's vectors");
    visit("teacher_dtype", self.teacher_dtype,
          "float32, bfloat16 or int8 for the teacher's vectors");
    visit("student_config", self.student_config, "JSON file with the student's architecture");
    visit("embedding_init", self.embedding_init, "random, teacher or glove");
    visit("glove", self.glove, "GloVe text file");
    visit("own_vocabulary", self.own_vocabulary,
          "train a SentencePiece vocabulary of this many pieces; 0: the teacher's");
    visit("own_vocabulary_kind", self.own_vocabulary_kind, "unigram or bpe");
    visit("vocabulary_model", self.vocabulary_model,
          "SentencePiece file (spm.model, tokenizer.model) whose vocabulary the student takes");
    visit("max_length", self.max_length, "tokens kept of a sentence");
    visit("limit", self.limit, "use at most this many sentences; 0: all");
    visit("validation_count", self.validation_count, "sentences kept out of training");
    visit("pairs", self.pairs,
          "TSV of scored sentence pairs (sentence1, sentence2, score) to watch");
    visit("embedding_dropout", self.embedding_dropout,
          "probability of dropping an embedding coordinate");
  }
  /// Throws: ConfigError naming the option and the value.
  void validate() const;
};

/// A metric that the evaluations of a distillation give; empty is accepted. Those of
/// `pairs_spearman` need `pairs`. Throws: ConfigError `--monitor: expected one of ..., got 'x'`.
void require_monitor(const DistillOptions& options, const std::string& monitor);

/// The teacher's directory and the files that a distillation reads; absent ones are empty.
std::vector<std::filesystem::path> input_paths(const DistillOptions& options);

}  // namespace limbeck::distill
