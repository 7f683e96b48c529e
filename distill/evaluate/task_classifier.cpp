#include "distill/evaluate/task_classifier.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "distill/student/student_classifier.h"
#include "distill/student/student_encoder.h"
#include "nlp/core/errors.h"
#include "nlp/core/interrupt.h"
#include "nlp/core/threads.h"
#include "nlp/encode/bert_engine.h"
#include "nlp/encode/hugging_face_head.h"
#include "nlp/kernel/gemm.h"
#include "nlp/tensor/safetensors.h"

namespace limbeck::distill {
namespace {

constexpr size_t kBatchTokens = 8192;

void require_pairs(const nlp::HeadConfig& head, std::span<const data::Example> examples) {
  for (const data::Example& example : examples)
    if (example.pair.has_value() != head.pair && !head.is_foreign)
      throw ConfigError(
          "model of task '" + head.task + "': expected " +
          (head.pair ? "pairs of texts, got single texts" : "single texts, got pairs of texts"));
}

/// Rows of x (N, K) times weight (M, K) transposed, plus bias (M).
nlp::VectorRows affine(const nlp::VectorRows& x, std::span<const float> weight,
                       std::span<const float> bias) {
  const auto width = static_cast<int64_t>(bias.size());
  nlp::VectorRows rows{x.rows, width, {}};
  for (int64_t i = 0; i < rows.rows; ++i)
    rows.values.insert(rows.values.end(), bias.begin(), bias.end());
  if (rows.rows > 0)
    nlp::kernel::sgemm(false, true, rows.rows, width, x.width, 1.0F, x.values.data(), x.width,
                       weight.data(), x.width, 1.0F, rows.values.data(), width);
  return rows;
}

/// BERT: text and pair are encoded together, the head is a linear map of the pooled vector, or two
/// with a ReLU between them; of a directory that transformers wrote, with a tanh between them and
/// the first token's state as the pooled vector.
class BertTaskClassifier final : public TaskClassifier {
 public:
  BertTaskClassifier(const std::filesystem::path& directory, nlp::HeadConfig head,
                     nlp::Precision precision)
      : engine_(directory, precision), head_(std::move(head)), pooling_(engine_.pooling()) {
    const nlp::TensorStore store = nlp::TensorStore::open(directory);
    const int64_t classes = head_.output_width(), hidden = head_.hidden_width;
    if (store.contains("classifier.weight") && !store.contains("head.out.weight")) {
      read_hugging_face(store);
      return;
    }
    if (hidden > 0) {
      dense_weight_ = nlp::to_float32(store.at("head.dense.weight", {hidden, engine_.width()}));
      dense_bias_ = nlp::to_float32(store.at("head.dense.bias", {hidden}));
    }
    weight_ = nlp::to_float32(
        store.at("head.out.weight", {classes, hidden > 0 ? hidden : engine_.width()}));
    bias_ = nlp::to_float32(store.at("head.out.bias", {classes}));
  }

  const nlp::HeadConfig& head() const override { return head_; }

  nlp::VectorRows logits(std::span<const data::Example> examples) const override {
    require_pairs(head_, examples);
    nlp::VectorRows features = pooled(examples);
    if (!dense_bias_.empty()) {
      features = affine(features, dense_weight_, dense_bias_);
      for (float& value : features.values)
        value = is_tanh_ ? std::tanh(value) : std::max(value, 0.0F);
    }
    return affine(features, weight_, bias_);
  }

 private:
  void read_hugging_face(const nlp::TensorStore& store) {
    const int64_t width = engine_.config().hidden_size, classes = head_.output_width();
    pooling_ = {{"cls"}, false, pooling_.max_length};
    is_tanh_ = true;
    dense_weight_ = nlp::to_float32(store.at("bert.pooler.dense.weight", {width, width}));
    dense_bias_ = nlp::to_float32(store.at("bert.pooler.dense.bias", {width}));
    weight_ = nlp::to_float32(store.at("classifier.weight", {classes, width}));
    bias_ = nlp::to_float32(store.at("classifier.bias", {classes}));
  }

  nlp::VectorRows pooled(std::span<const data::Example> examples) const {
    std::vector<nlp::Encoding> encodings(examples.size());
    parallel_for(static_cast<int64_t>(examples.size()), 32, [&](int64_t begin, int64_t end) {
      for (size_t i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i) {
        std::optional<std::string_view> pair;
        if (examples[i].pair) pair = *examples[i].pair;
        encodings[i] = engine_.tokenizer().encode(examples[i].text, pair, engine_.max_length());
      }
    });
    std::vector<size_t> order(examples.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      return encodings[a].ids.size() > encodings[b].ids.size();
    });
    nlp::VectorRows rows{static_cast<int64_t>(examples.size()),
                         pooling_.vector_width(engine_.config().hidden_size),
                         {}};
    rows.values.resize(static_cast<size_t>(rows.rows * rows.width));
    for (size_t begin = 0; begin < order.size();) {
      stop_if_interrupted();
      std::vector<std::vector<int32_t>> ids, types;
      size_t tokens = 0, end = begin;
      for (; end < order.size() && tokens < kBatchTokens; ++end) {
        ids.push_back(encodings[order[end]].ids);
        types.push_back(encodings[order[end]].type_ids);
        tokens += ids.back().size();
      }
      const nlp::VectorRows part = engine_.encode_layers({ids, types}, pooling_, {});
      for (size_t i = begin; i < end; ++i)
        std::ranges::copy(part.row(static_cast<int64_t>(i - begin)),
                          rows.row(static_cast<int64_t>(order[i])).begin());
      begin = end;
    }
    return rows;
  }

  nlp::BertEngine engine_;
  nlp::HeadConfig head_;
  nlp::SentencePooling pooling_;
  bool is_tanh_ = false;
  std::vector<float> dense_weight_, dense_bias_, weight_, bias_;
};

/// The student's own classifier behind the same interface.
class StudentTaskClassifier final : public TaskClassifier {
 public:
  StudentTaskClassifier(const std::filesystem::path& directory, nlp::Precision precision)
      : classifier_(directory, precision) {}

  const nlp::HeadConfig& head() const override { return classifier_.head(); }

  nlp::VectorRows logits(std::span<const data::Example> examples) const override {
    require_pairs(head(), examples);
    std::vector<StudentPrediction> predictions;
    if (head().pair) {
      std::vector<StudentClassifier::Pair> pairs;
      for (const data::Example& example : examples) pairs.emplace_back(example.text, *example.pair);
      predictions = classifier_.predict(pairs);
    } else {
      std::vector<std::string> texts;
      for (const data::Example& example : examples) texts.push_back(example.text);
      predictions = classifier_.predict(texts);
    }
    nlp::VectorRows rows{static_cast<int64_t>(examples.size()), head().output_width(), {}};
    for (const StudentPrediction& prediction : predictions)
      rows.values.insert(rows.values.end(), prediction.logits.begin(), prediction.logits.end());
    return rows;
  }

 private:
  StudentClassifier classifier_;
};

}  // namespace

std::optional<nlp::HeadConfig> find_task_head(const std::filesystem::path& directory) {
  const nlp::ModelKind kind = nlp::model_kind(directory);
  std::optional<nlp::HeadConfig> head = nlp::read_head_config(directory);
  if (!head && kind == nlp::ModelKind::kBert) head = nlp::read_hugging_face_head(directory);
  return head;
}

std::unique_ptr<TaskClassifier> load_task_classifier(const std::filesystem::path& directory,
                                                     nlp::Precision precision) {
  const std::optional<nlp::HeadConfig> head = find_task_head(directory);
  if (!head)
    throw DataError(directory.string() +
                    ": the model has no task head (make one with `limbeck finetune`)");
  if (nlp::model_kind(directory) == nlp::ModelKind::kBert)
    return std::make_unique<BertTaskClassifier>(directory, *head, precision);
  return std::make_unique<StudentTaskClassifier>(directory, precision);
}

std::unique_ptr<nlp::SentenceEncoder> load_sentence_encoder(const std::filesystem::path& directory,
                                                            nlp::Precision precision) {
  return nlp::model_kind(directory) == nlp::ModelKind::kBert
             ? nlp::load_bert_engine(directory, precision)
             : load_student(directory, precision);
}

}  // namespace limbeck::distill
