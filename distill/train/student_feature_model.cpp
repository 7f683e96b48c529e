#include "distill/report/distill_report.h"
#include "distill/train/feature_model.h"
#include "nlp/core/errors.h"
#include "nlp/core/threads.h"
#include "nlp/model/model_directory.h"
#include "nlp/model/state_dict.h"
#include "nlp/model/time_major.h"

namespace limbeck::distill {
namespace {

class StudentFeatureModel final : public FeatureModel {
 public:
  StudentFeatureModel(const FineTuneOptions& options, nlp::BiLstmModel model,
                      const nlp::HeadConfig& head, uint64_t seed)
      : options_(options), model_(std::move(model)) {
    model_.head = nlp::TaskHead(head, nlp::student_head_width(model_.encoder->config(), head));
    model_.head->initialize(seed);
    // The saved classifier reads as much of a text as it was trained on.
    model_.encoder->set_max_length(
        std::min(options.max_length, model_.encoder->config().max_length));
    dropout_.word = options.word_dropout;
    dropout_.embedding = options.embedding_dropout;
  }

  EncodedExamples encode(std::span<const data::Example> examples) const override {
    EncodedExamples encoded;
    encoded.first.resize(examples.size());
    encoded.lengths.resize(examples.size());
    if (model_.head->config().pair) encoded.second.resize(examples.size());
    const int64_t longest = model_.encoder->config().max_length;
    parallel_for(static_cast<int64_t>(examples.size()), 64, [&](int64_t begin, int64_t end) {
      for (size_t i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i) {
        encoded.first[i] = nlp::student_ids(*model_.tokenizer, examples[i].text, longest);
        if (!encoded.second.empty())
          encoded.second[i] =
              nlp::student_ids(*model_.tokenizer, examples[i].pair.value_or(""), longest);
        encoded.lengths[i] = static_cast<int32_t>(
            encoded.first[i].size() + (encoded.second.empty() ? 0 : encoded.second[i].size()));
      }
    });
    return encoded;
  }

  /// Both texts of a pair run as one batch, so that the weights are read once.
  at::Tensor features(const EncodedExamples& examples, std::span<const int64_t> which,
                      const nlp::StepRandom* random) override {
    std::vector<std::vector<int32_t>> ids;
    for (const int64_t i : which) ids.push_back(examples.first[static_cast<size_t>(i)]);
    if (!examples.second.empty())
      for (const int64_t i : which) ids.push_back(examples.second[static_cast<size_t>(i)]);
    const at::Tensor pooled =
        model_.encoder->forward(nlp::time_major_batch(ids), random, dropout_).pooled;
    if (examples.second.empty()) return pooled;
    const int64_t count = static_cast<int64_t>(which.size());
    return nlp::pair_features(pooled.narrow(0, 0, count), pooled.narrow(0, count, count));
  }

  nlp::TaskHead head() override { return model_.head; }

  std::vector<nlp::Parameter> parameters() override {
    const double encoder = options_.encoder_rate > 0 ? options_.encoder_rate : 1.0;
    const double embedding = options_.embedding_rate > 0 ? options_.embedding_rate : encoder;
    std::vector<nlp::Parameter> list;
    for (const auto& item : model_.encoder->named_parameters()) {
      const bool is_embedding = item.key() == "embeddings.weight";
      list.push_back({item.key(), item.value(), is_embedding ? embedding : encoder,
                      !is_embedding && item.value().dim() > 1});
    }
    for (const auto& item : model_.head->named_parameters())
      list.push_back({"head." + item.key(), item.value(), 1.0, item.value().dim() > 1});
    return list;
  }

  void save(const std::filesystem::path& directory) override {
    nlp::save_bilstm_model(directory, model_);
  }
  int64_t parameter_count() const override { return nlp::parameter_count(*model_.encoder); }

 private:
  FineTuneOptions options_;
  nlp::BiLstmModel model_;
  nlp::BiLstmDropout dropout_;
};

std::filesystem::path directory_of(const FineTuneOptions& options, StartingPoint start) {
  if (start != StartingPoint::kInitial) return options.model;
  const std::filesystem::path control = std::filesystem::path(options.model) / kControlFolder;
  if (!std::filesystem::exists(control / "model.safetensors"))
    throw DataError(control.string() +
                    ": no student before distillation (--control-initial needs one that `limbeck "
                    "distill` wrote)");
  return control;
}

}  // namespace

std::unique_ptr<FeatureModel> make_student_feature_model(const FineTuneOptions& options,
                                                         const nlp::HeadConfig& head,
                                                         StartingPoint start, uint64_t seed) {
  nlp::BiLstmModel model = nlp::load_bilstm_model(directory_of(options, start));
  if (start == StartingPoint::kRandom) model.encoder->initialize(seed);
  return std::make_unique<StudentFeatureModel>(options, std::move(model), head, seed);
}

}  // namespace limbeck::distill
