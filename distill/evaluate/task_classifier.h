#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "data/task.h"
#include "nlp/encode/bilstm_config.h"
#include "nlp/encode/sentence_encoder.h"

namespace limbeck::distill {

/// A fine-tuned model, teacher or student, that answers a task; without LibTorch.
class TaskClassifier {
 public:
  virtual ~TaskClassifier() = default;
  virtual const nlp::HeadConfig& head() const = 0;
  /// Logits (examples, classes), or scores (examples, 1) of a regression.
  /// Throws: ConfigError when the head takes pairs and the examples are single texts, or the other
  /// way round; one of transformers takes both.
  virtual nlp::VectorRows logits(std::span<const data::Example> examples) const = 0;
};

/// The head of a model directory: the one that `limbeck finetune` wrote, else that of transformers;
/// nothing when there is none. Throws: as nlp::model_kind() and the readers of the heads.
std::optional<nlp::HeadConfig> find_task_head(const std::filesystem::path& directory);

/// Throws: DataError when the directory holds no head (naming `limbeck finetune`), and as the
/// model's loader.
std::unique_ptr<TaskClassifier> load_task_classifier(const std::filesystem::path& directory,
                                                     nlp::Precision precision);

/// The sentence encoder of a directory, teacher or student.
std::unique_ptr<nlp::SentenceEncoder> load_sentence_encoder(const std::filesystem::path& directory,
                                                            nlp::Precision precision);

}  // namespace limbeck::distill
