#include "tools/limbeck/load_encoder.h"

#include "distill/student/student_encoder.h"
#include "nlp/encode/bert_engine.h"
#include "nlp/encode/bilstm_config.h"

namespace limbeck::tools {

std::unique_ptr<nlp::SentenceEncoder> load_encoder(const std::filesystem::path& model_directory,
                                                   nlp::Precision precision) {
  return nlp::model_kind(model_directory) == nlp::ModelKind::kBert
             ? nlp::load_bert_engine(model_directory, precision)
             : distill::load_student(model_directory, precision);
}

}  // namespace limbeck::tools
