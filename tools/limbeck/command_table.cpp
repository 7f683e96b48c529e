#include "tools/limbeck/command_table.h"

#include <array>

#include "tools/limbeck/commands.h"
#include "tools/limbeck/options/parse_command_line.h"

namespace limbeck::tools {
namespace {

struct Row {
  const char* name;
  std::unique_ptr<Command> (*make)();
};

constexpr std::array kRows = {
    Row{"tokenize", make_tokenize}, Row{"embed", make_embed},
    Row{"distill", make_distill},   Row{"finetune", make_finetune},
    Row{"eval", make_eval},         Row{"compare", make_compare},
    Row{"certify", make_certify},   Row{"check-certificate", make_check_certificate},
    Row{"generate", make_generate}, Row{"perplexity", make_perplexity},
    Row{"audit", make_audit},       Row{"train-lm", make_train_lm},
    Row{"debias", make_debias},     Row{"assets", make_assets},
    Row{"inspect", make_inspect},   Row{"report", make_report},
    Row{"doctor", make_doctor},     Row{"completion", make_completion},
    Row{"man", make_man},           Row{"version", make_version},
};

}  // namespace

std::vector<std::string> command_names() {
  std::vector<std::string> names;
  for (const Row& row : kRows) names.emplace_back(row.name);
  return names;
}

std::unique_ptr<Command> make_command(std::string_view name) {
  for (const Row& row : kRows)
    if (row.name == name) return row.make();
  throw ConfigError("unknown command '" + std::string(name) + "'" +
                    suggestion(std::string(name), command_names()) + "; see limbeck --help");
}

std::vector<std::unique_ptr<Command>> make_all_commands() {
  std::vector<std::unique_ptr<Command>> commands;
  for (const Row& row : kRows) commands.push_back(row.make());
  return commands;
}

}  // namespace limbeck::tools
