#include "nlp/model/model_directory.h"

#include <ATen/ATen.h>

#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"
#include "nlp/core/options.h"
#include "nlp/encode/bert_names.h"
#include "nlp/model/state_dict.h"

namespace limbeck::nlp {
namespace {

constexpr const char* kHeadKey = "limbeck_head";
constexpr const char* kHeadPrefix = "head.";
constexpr const char* kWeightsFile = "model.safetensors";

/// Loads the head that config.json describes, or leaves it empty.
TaskHead load_head(const std::optional<HeadConfig>& config, int64_t input_width,
                   const TensorStore& store, const std::filesystem::path& file) {
  if (!config) return TaskHead(nullptr);
  TaskHead head(*config, input_width);
  LoadStateOptions options;
  options.stored_name = [](const std::string& name) { return kHeadPrefix + name; };
  options.ignore_unexpected = true;
  load_state(*head, store, file, options);
  return head;
}

void save_model(const std::filesystem::path& directory, nlohmann::ordered_json config,
                const torch::nn::Module& encoder, const TaskHead& head,
                const Tokenizer* tokenizer) {
  std::filesystem::create_directories(directory);
  std::vector<ModuleState> states{&encoder};
  if (!head.is_empty()) {
    states.emplace_back(head.get(), kHeadPrefix);
    config[kHeadKey] = options_to_json(head->config());
  }
  save_state(states, directory / kWeightsFile);
  if (tokenizer != nullptr) tokenizer->save(directory);
  write_json_file(directory / "config.json", config);
}

}  // namespace

int64_t student_head_width(const BiLstmConfig& config, const HeadConfig& head) {
  return config.pooled_width() * (head.pair ? 4 : 1);
}

BertModel load_bert_model(const std::filesystem::path& directory) {
  if (model_kind(directory) != ModelKind::kBert)
    throw DataError((directory / "config.json").string() + ": expected model_type 'bert'");
  const BertConfig config = read_bert_config(directory);
  const TensorStore store = TensorStore::open(directory);
  store.require_finite();
  const std::filesystem::path file = directory / kWeightsFile;
  BertModel model;
  model.pooling = read_sentence_pooling(directory, config);
  model.encoder = BertEncoder(config);
  LoadStateOptions options;
  options.stored_name = [&](const std::string& name) { return bert_tensor_name(store, name); };
  options.ignore_unexpected = true;  // poolers and heads of other libraries
  load_state(*model.encoder, store, file, options);
  model.head = load_head(read_head_config(directory),
                         model.pooling.pooled_width(config.hidden_size), store, file);
  model.tokenizer = load_tokenizer(directory);
  return model;
}

BiLstmModel load_bilstm_model(const std::filesystem::path& directory) {
  const BiLstmConfig config = read_bilstm_config(directory);
  const std::optional<HeadConfig> head = read_head_config(directory);
  const TensorStore store = TensorStore::open(directory);
  store.require_finite();
  const std::filesystem::path file = directory / kWeightsFile;
  BiLstmModel model;
  model.encoder = BiLstmEncoder(config);
  LoadStateOptions options;
  if (head) options.ignored.push_back(kHeadPrefix);
  load_state(*model.encoder, store, file, options);
  model.head = load_head(head, head ? student_head_width(config, *head) : 0, store, file);
  model.tokenizer = load_tokenizer(directory);
  return model;
}

void save_bert_model(const std::filesystem::path& directory, const BertModel& model) {
  const BertConfig& config = model.encoder->config();
  save_model(directory, bert_config_json(config), *model.encoder, model.head,
             model.tokenizer.get());
  write_sentence_pooling(directory, model.pooling, config);
}

void save_bilstm_model(const std::filesystem::path& directory, const BiLstmModel& model) {
  save_model(directory, bilstm_config_json(model.encoder->config()), *model.encoder, model.head,
             model.tokenizer.get());
}

}  // namespace limbeck::nlp
