#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "data/task.h"
#include "distill/finetune_options.h"
#include "nlp/model/step_random.h"
#include "nlp/model/task_head.h"
#include "nlp/text/tokenizer.h"
#include "nlp/train/parameter.h"

namespace limbeck::distill {

/// Examples as a model reads them: one entry a text, or a jointly encoded pair; a siamese model
/// keeps the second text apart.
struct EncodedExamples {
  std::vector<nlp::Encoding> joint;                 ///< BERT
  std::vector<std::vector<int32_t>> first, second;  ///< student; `second` is empty for single texts
  std::vector<int32_t> lengths;                     ///< tokens of each example
};

/// An encoder with a task head: the part of fine-tuning that differs between teacher and student.
class FeatureModel {
 public:
  virtual ~FeatureModel() = default;

  virtual EncodedExamples encode(std::span<const data::Example> examples) const = 0;
  /// Features of these examples, as the head reads them: (B, X). Dropout only where `random` is
  /// given.
  virtual at::Tensor features(const EncodedExamples& examples, std::span<const int64_t> which,
                              const nlp::StepRandom* random) = 0;
  virtual nlp::TaskHead head() = 0;
  /// Encoder and head, each with its learning rate.
  virtual std::vector<nlp::Parameter> parameters() = 0;
  virtual void save(const std::filesystem::path& directory) = 0;
  virtual int64_t parameter_count() const = 0;
};

/// Where the weights of a run begin.
enum class StartingPoint { kModel, kInitial, kRandom };

/// A BERT that encodes a pair jointly; the head reads its pooled vector.
std::unique_ptr<FeatureModel> make_bert_feature_model(const FineTuneOptions& options,
                                                      const nlp::HeadConfig& head,
                                                      StartingPoint start, uint64_t seed);

/// A student; the head reads its pooled states u, or [u; v; |u - v|; u * v] for a pair.
std::unique_ptr<FeatureModel> make_student_feature_model(const FineTuneOptions& options,
                                                         const nlp::HeadConfig& head,
                                                         StartingPoint start, uint64_t seed);

}  // namespace limbeck::distill
