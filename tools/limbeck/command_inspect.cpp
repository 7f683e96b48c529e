#include "nlp/core/json_file.h"
#include "nlp/tensor/safetensors.h"
#include "tools/limbeck/commands.h"
#include "tools/limbeck/exit_code.h"
#include "tools/limbeck/result_stream.h"

namespace limbeck::tools {
namespace {

struct InspectOptions {
  std::string model;  ///< model directory or .safetensors file

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("model", self.model, "model directory or .safetensors file");
  }
};

/// What a model consists of, as JSON; the text is drawn from it.
nlohmann::ordered_json describe(const std::filesystem::path& model) {
  nlohmann::ordered_json json = {{"model", model.string()}};
  if (std::filesystem::is_directory(model) && std::filesystem::exists(model / "config.json"))
    json["config"] = read_json_file(model / "config.json");
  const nlp::TensorStore store = nlp::TensorStore::open(model);
  int64_t parameters = 0;
  size_t bytes = 0;
  nlohmann::ordered_json tensors = nlohmann::ordered_json::array();
  for (const auto& [name, tensor] : store.tensors()) {
    parameters += tensor.element_count();
    bytes += tensor.bytes.size();
    tensors.push_back({{"name", name},
                       {"dtype", nlp::dtype_name(tensor.dtype)},
                       {"shape", tensor.shape},
                       {"bytes", tensor.bytes.size()}});
  }
  json["parameters"] = parameters;
  json["bytes"] = bytes;
  json["metadata"] = store.metadata();
  json["tensors"] = std::move(tensors);
  return json;
}

std::string padded(std::string text, size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text;
}

std::string as_text(const nlohmann::ordered_json& json) {
  std::string text = json["model"].get<std::string>() + "\n";
  if (json.contains("config"))
    for (const auto& [key, value] : json["config"].items())
      text += "  " + padded(key, 32) + " " + value.dump() + "\n";
  text += "tensors: " + std::to_string(json["tensors"].size()) +
          ", parameters: " + json["parameters"].dump() + ", bytes: " + json["bytes"].dump() + "\n";
  for (const auto& tensor : json["tensors"])
    text += "  " + padded(tensor["name"].get<std::string>(), 60) + " " +
            padded(tensor["dtype"].get<std::string>(), 5) + tensor["shape"].dump() + "\n";
  return text;
}

class InspectCommand final : public Command {
 public:
  InspectCommand()
      : Command({"inspect",
                 "show configuration, tensors and sizes of a model",
                 "Shows what a model directory or safetensors file holds: the configuration, every "
                 "tensor with type and shape, and the number of parameters.",
                 {{"limbeck inspect student --format json", "for a program to read"}}}) {
    table().bind(options_).directory("model").positional("model", "MODEL").outside_config("model");
    bind_general();
  }

  int run(const Invocation&) override {
    if (options_.model.empty())
      throw ConfigError("MODEL: expected a model directory or .safetensors file");
    const nlohmann::ordered_json json = describe(options_.model);
    if (!is_quiet()) print_result(is_json() ? json.dump(2) + "\n" : as_text(json));
    return kDone;
  }

 private:
  InspectOptions options_;
};

}  // namespace

std::unique_ptr<Command> make_inspect() { return std::make_unique<InspectCommand>(); }

}  // namespace limbeck::tools
