#include <algorithm>
#include <cmath>

#include "distill/train/feature_model.h"
#include "nlp/core/errors.h"
#include "nlp/core/threads.h"
#include "nlp/model/model_directory.h"
#include "nlp/model/state_dict.h"

namespace limbeck::distill {
namespace {

constexpr double kEncoderRate = 0.05;  // head at 1e-3, encoder at 5e-5
constexpr const char* kLayerPrefix = "encoder.layer.";

class BertFeatureModel final : public FeatureModel {
 public:
  BertFeatureModel(const FineTuneOptions& options, nlp::BertModel model,
                   const nlp::HeadConfig& head, uint64_t seed)
      : options_(options), model_(std::move(model)) {
    model_.pooling.normalize = false;  // the head reads the pooled vector itself
    model_.pooling.dense.clear();
    model_.pooling.max_length =
        std::min(options.max_length, model_.encoder->config().max_positions);
    model_.head =
        nlp::TaskHead(head, model_.pooling.pooled_width(model_.encoder->config().hidden_size));
    model_.head->initialize(seed);
  }

  EncodedExamples encode(std::span<const data::Example> examples) const override {
    EncodedExamples encoded;
    encoded.joint.resize(examples.size());
    encoded.lengths.resize(examples.size());
    parallel_for(static_cast<int64_t>(examples.size()), 64, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const data::Example& example = examples[static_cast<size_t>(i)];
        const std::optional<std::string_view> pair =
            example.pair ? std::optional<std::string_view>(*example.pair) : std::nullopt;
        nlp::Encoding& encoding = encoded.joint[static_cast<size_t>(i)];
        encoding = model_.tokenizer->encode(example.text, pair,
                                            static_cast<int32_t>(model_.pooling.max_length));
        encoded.lengths[static_cast<size_t>(i)] = static_cast<int32_t>(encoding.ids.size());
      }
    });
    return encoded;
  }

  at::Tensor features(const EncodedExamples& examples, std::span<const int64_t> which,
                      const nlp::StepRandom* random) override {
    std::vector<nlp::Encoding> chosen;
    for (const int64_t i : which) chosen.push_back(examples.joint[static_cast<size_t>(i)]);
    const nlp::PackedBatch batch = nlp::pack_batch(std::span<const nlp::Encoding>(chosen));
    return nlp::BertEncoderImpl::pool(model_.encoder->forward(batch, random).last, batch,
                                      model_.pooling);
  }

  nlp::TaskHead head() override { return model_.head; }

  std::vector<nlp::Parameter> parameters() override {
    std::vector<nlp::Parameter> list;
    for (const auto& item : model_.encoder->named_parameters()) {
      const bool decays = item.value().dim() > 1 && !item.key().starts_with("embeddings.");
      list.push_back({item.key(), item.value(), rate_of(item.key()), decays});
    }
    for (const auto& item : model_.head->named_parameters())
      list.push_back({"head." + item.key(), item.value(), 1.0, item.value().dim() > 1});
    return list;
  }

  void save(const std::filesystem::path& directory) override {
    nlp::save_bert_model(directory, model_);
  }
  int64_t parameter_count() const override { return nlp::parameter_count(*model_.encoder); }

 private:
  /// Layers further from the head learn slower by layer_decay each; embeddings count as the layer
  /// before the first.
  double rate_of(const std::string& name) const {
    const double encoder = options_.encoder_rate > 0 ? options_.encoder_rate : kEncoderRate;
    const int64_t layers = model_.encoder->config().layers;
    int64_t distance = layers;
    if (name.starts_with(kLayerPrefix))
      distance = layers - 1 - std::stoll(name.substr(std::char_traits<char>::length(kLayerPrefix)));
    const bool is_embedding = name.starts_with("embeddings.");
    const double base =
        is_embedding && options_.embedding_rate > 0 ? options_.embedding_rate : encoder;
    return base * std::pow(options_.layer_decay, static_cast<double>(distance));
  }

  FineTuneOptions options_;
  nlp::BertModel model_;
};

}  // namespace

std::unique_ptr<FeatureModel> make_bert_feature_model(const FineTuneOptions& options,
                                                      const nlp::HeadConfig& head,
                                                      StartingPoint start, uint64_t seed) {
  if (start != StartingPoint::kModel)
    throw ConfigError(
        "--control: expected a student as --model, got a BERT (a control is a student without "
        "distillation)");
  return std::make_unique<BertFeatureModel>(options, nlp::load_bert_model(options.model), head,
                                            seed);
}

}  // namespace limbeck::distill
