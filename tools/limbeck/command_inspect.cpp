#include "tools/limbeck/command_inspect.h"

#include "nlp/core/errors.h"
#include "tools/limbeck/commands.h"
#include "tools/limbeck/exit_code.h"
#include "tools/limbeck/model_description.h"
#include "tools/limbeck/result_stream.h"

namespace limbeck::tools {

InspectCommand::InspectCommand()
    : Command({"inspect",
               "show configuration, tensors and operations of a model",
               "Shows what a model directory, safetensors or GGUF file holds: the configuration or "
               "metadata, every tensor with type and shape, and the number of parameters. With "
               "--graph, and for a TorchScript file, the operations that a classifier is made of, "
               "how often each is used, and whether each kind of bound of `limbeck certify` knows "
               "it; what is not supported is named with its place and shape.",
               {{"limbeck inspect student --format json", "for a program to read"},
                {"limbeck inspect classifier --graph", "can it be certified?"},
                {"limbeck inspect net.pt --shape 1 28 28", "the same of a TorchScript file"}}}) {
  table()
      .bind(options_)
      .directory("model")
      .positional("model", "MODEL")
      .outside_config("model")
      .file("vocabulary");
  bind_general();
}

int InspectCommand::run(const Invocation& invocation) {
  if (options_.model.empty())
    throw ConfigError(
        "MODEL: expected a model directory or a .safetensors, .gguf or TorchScript "
        "file");
  if (options_.tokens < 1)
    throw ConfigError("--tokens: expected 1 or more, got " + std::to_string(options_.tokens));
  for (const int64_t size : options_.shape)
    if (size < 1)
      throw ConfigError("--shape: expected sizes of 1 or more, got " + std::to_string(size));
  if (options_.graph || is_zip_archive(options_.model))
    return run_training_command(*this, invocation);
  const nlohmann::ordered_json json = describe_model(options_.model);
  if (!is_quiet()) print_result(is_json() ? json.dump(2) + "\n" : description_text(json));
  return kDone;
}

std::unique_ptr<Command> make_inspect() { return std::make_unique<InspectCommand>(); }

}  // namespace limbeck::tools
