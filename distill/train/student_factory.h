#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "distill/distill_options.h"
#include "nlp/encode/bilstm_config.h"
#include "nlp/model/model_directory.h"

namespace limbeck::distill {

/// A student before training, with the tokenizer it reads text with.
struct NewStudent {
  nlp::BiLstmModel model;
  std::string embedding_note;  ///< one line on where the embeddings come from, for the model card
  std::string vocabulary;      ///< bytes of the spm.model learnt from the text; empty: none was
};

/// The architecture that options ask for: --student-config over the defaults, fitted to the
/// teacher's width. Throws: ConfigError for a wrong key or value of the file.
nlp::BiLstmConfig student_config_of(const DistillOptions& options, int64_t vocabulary_size,
                                    int64_t teacher_width, bool teacher_normalizes);

/// Tokenizer and first weights. A vocabulary of its own is the one that keep_vocabulary() left in
/// `work`, else learnt from `sentences`; nothing is written. An empty `work` holds none.
NewStudent make_student(const DistillOptions& options, std::span<const std::string> sentences,
                        int64_t teacher_width, bool teacher_normalizes, uint64_t seed,
                        const std::filesystem::path& work);

/// Writes a learnt vocabulary into `work`, for the run that is resumed.
void keep_vocabulary(const NewStudent& student, const std::filesystem::path& work);

}  // namespace limbeck::distill
