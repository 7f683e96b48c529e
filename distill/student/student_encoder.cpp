#include "distill/student/student_encoder.h"

#include <string>

#include "distill/student/student_model.h"

namespace limbeck::distill {
namespace {

class StudentEncoder final : public nlp::SentenceEncoder {
 public:
  StudentEncoder(const std::filesystem::path& directory, nlp::Precision precision)
      : model_(directory, precision) {}

  int64_t width() const override { return model_.config().vector_width(); }
  int32_t max_length() const override {
    return static_cast<int32_t>(model_.config().max_length) + model_.special_tokens();
  }
  const nlp::Tokenizer& tokenizer() const override { return model_.tokenizer(); }
  nlp::ModelSize size() const override { return model_.size(); }
  std::string description() const override {
    const nlp::BiLstmConfig& config = model_.config();
    return "BiLSTM, " + std::to_string(config.layers) +
           (config.layers == 1 ? " layer" : " layers") + " x " +
           std::to_string(config.hidden_width);
  }
  nlp::VectorRows encode_ids(std::span<const std::vector<int32_t>> ids) const override {
    return model_.vectors(ids);
  }

 private:
  detail::StudentModel model_;
};

}  // namespace

std::unique_ptr<nlp::SentenceEncoder> load_student(const std::filesystem::path& directory,
                                                   nlp::Precision precision) {
  return std::make_unique<StudentEncoder>(directory, precision);
}

}  // namespace limbeck::distill
