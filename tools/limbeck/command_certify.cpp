#include "tools/limbeck/command_certify.h"

#include "tools/limbeck/commands.h"
#include "verify/options/bound_method.h"

namespace limbeck::tools {

namespace {

std::vector<std::string> names_of_methods(std::vector<std::string> names) {
  for (const verify::BoundMethod& method : verify::bound_methods()) names.push_back(method.name);
  return names;
}

}  // namespace

CertifyCommand::CertifyCommand()
    : Command(
          {"certify",
           "prove that word changes cannot flip a model's answer",
           "For each sentence, proof or counterexample for every replacement of at most N words "
           "by synonyms, or the certified radius of each word's embedding; for inputs of any "
           "TorchScript network, the certified radius around each. One line of JSON an item in "
           "items.jsonl, a report beside it; an interrupted run can be resumed. `limbeck inspect "
           "MODEL --graph` says beforehand whether a model can be certified. Of a TorchScript file "
           "only its TorchScript code is run: pickles are not read.",
           {{"limbeck certify --model net.safetensors --data test.json --budget 3 --output out",
             "decides every sentence for three replaced words"},
            {"limbeck certify --model net.safetensors --data test.json --norm inf --limit 10 "
             "--output out",
             "certified radius of each word"},
            {"limbeck certify --model classifier --data dev.tsv --positions one --output out",
             "a classifier that `limbeck finetune` wrote, or a BERT classifier of Hugging Face"},
            {"limbeck certify --model net.pt --data inputs.safetensors --norm inf --radius 0.01 "
             "--output out",
             "decides one radius around each input of a TorchScript network"},
            {"limbeck certify --merge part0 part1 --output whole",
             "joins what runs with --shard 0/2 and --shard 1/2 wrote"}}}) {
  table()
      .bind(options_)
      .bind(directory_)
      .file("model")
      .file("vocabulary")
      .file("data")
      .file("synonyms")
      .directory("output")
      .choices("norm", {"1", "2", "inf"})
      .choices("method", names_of_methods({"auto"}))
      .choices("arith", {"fast", "double", "rigorous", "rigorous-float32"})
      .value("positions", "one|all|K", ValueKind::kText)
      .choices("compare", names_of_methods({}))
      .directory("merge");
  bind_general();
}

int CertifyCommand::run(const Invocation& invocation) {
  options_.validate();
  if (directory_.overwrite && directory_.resume)
    throw ConfigError("--resume: expected either --resume or --overwrite, got both");
  return run_training_command(*this, invocation);
}

std::unique_ptr<Command> make_certify() { return std::make_unique<CertifyCommand>(); }

}  // namespace limbeck::tools
