#include "tools/limbeck/command_certify.h"

#include "tools/limbeck/commands.h"

namespace limbeck::tools {

CertifyCommand::CertifyCommand()
    : Command(
          {"certify",
           "prove that word changes cannot flip a model's answer",
           "For each sentence, proof or counterexample for every replacement of at most N words "
           "by synonyms, or the certified radius of each word's embedding. One line of JSON an "
           "item in items.jsonl, a report beside it; an interrupted run can be resumed.",
           {{"limbeck certify --model net.safetensors --data test.json --budget 3 --output out",
             "decides every sentence for three replaced words"},
            {"limbeck certify --model net.safetensors --data test.json --norm inf --limit 10 "
             "--output out",
             "certified radius of each word"}}}) {
  table()
      .bind(options_)
      .bind(directory_)
      .file("model")
      .file("vocabulary")
      .file("data")
      .file("synonyms")
      .directory("output")
      .choices("norm", {"1", "2", "inf"})
      .choices("positions", {"one", "all"})
      .choices("method", {"auto", "ibp", "crown-ibp", "forward", "forward+backward", "unstable",
                          "forward+unstable", "crown", "alpha-crown-ibp", "alpha-forward+backward",
                          "alpha-crown"})
      .choices("arith", {"fast", "double", "rigorous", "rigorous-float32"});
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
