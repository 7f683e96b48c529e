#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "nlp/model/bert_encoder.h"
#include "nlp/model/bilstm_encoder.h"
#include "nlp/model/task_head.h"
#include "nlp/text/tokenizer.h"

/// Whole models on disk, in the Hugging Face layout: config.json, model.safetensors, tokenizer
/// files.
namespace limbeck::nlp {

/// A teacher: BERT, its pooling, its tokenizer, and the head of a fine-tuned one (else empty).
struct BertModel {
  SentencePooling pooling;
  BertEncoder encoder{nullptr};
  TaskHead head{nullptr};
  std::shared_ptr<const Tokenizer> tokenizer;
};

/// A student: BiLSTM, tokenizer, and the head of a fine-tuned one (else empty).
struct BiLstmModel {
  BiLstmEncoder encoder{nullptr};
  TaskHead head{nullptr};
  std::shared_ptr<const Tokenizer> tokenizer;
};

/// Any Hugging Face BERT directory (names: nlp/encode/bert_names.h); other heads are skipped.
/// Throws: DataError naming file and tensor or key; UnsupportedError.
BertModel load_bert_model(const std::filesystem::path& directory);
BiLstmModel load_bilstm_model(const std::filesystem::path& directory);

/// Creates the directory and writes each file atomically; the next load gives the same bits.
void save_bert_model(const std::filesystem::path& directory, const BertModel& model);
void save_bilstm_model(const std::filesystem::path& directory, const BiLstmModel& model);

/// Width of the features that a student's head reads.
int64_t student_head_width(const BiLstmConfig& config, const HeadConfig& head);

}  // namespace limbeck::nlp
