#include "nlp/encode/hugging_face_head.h"

#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"

namespace limbeck::nlp {
namespace {

constexpr const char* kArchitecture = "BertForSequenceClassification";
constexpr size_t kMostLabels = 10'000;

bool is_classifier(const nlohmann::json& config) {
  const auto found = config.is_object() ? config.find("architectures") : config.end();
  return config.is_object() && found != config.end() && found->is_array() && !found->empty() &&
         found->front() == kArchitecture;
}

}  // namespace

std::optional<HeadConfig> read_hugging_face_head(const std::filesystem::path& directory) {
  const std::filesystem::path file = directory / "config.json";
  const nlohmann::json config = read_json_file(file);
  if (!is_classifier(config)) return std::nullopt;
  HeadConfig head;
  head.task = "custom";
  head.is_foreign = true;
  const auto names = config.find("id2label");
  if (names == config.end()) {
    head.labels = {"LABEL_0", "LABEL_1"};  // the default of transformers
    return head;
  }
  if (!names->is_object() || names->empty() || names->size() > kMostLabels)
    throw DataError(file.string() + ": id2label: expected an object of labels");
  for (size_t i = 0; i < names->size(); ++i) {
    const auto name = names->find(std::to_string(i));
    if (name == names->end() || !name->is_string())
      throw DataError(file.string() + ": id2label: expected a text for label " + std::to_string(i));
    head.labels.push_back(name->get<std::string>());
  }
  head.regression = head.labels.size() == 1;
  return head;
}

}  // namespace limbeck::nlp
