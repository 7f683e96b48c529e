#include "tools/student/arguments.h"

#include <charconv>

#include "nlp/core/errors.h"

namespace limbeck::tools {
namespace {

int parse_threads(const std::string& text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 1 || value > 1024)
    throw ConfigError("--threads: expected 1 to 1024, got '" + text + "'");
  return value;
}

StudentArguments::Action parse_action(const std::string& word) {
  if (word == "embed") return StudentArguments::Action::kEmbed;
  if (word == "classify") return StudentArguments::Action::kClassify;
  if (word == "--help" || word == "-h") return StudentArguments::Action::kHelp;
  if (word == "--version") return StudentArguments::Action::kVersion;
  throw ConfigError("unknown command '" + word + "'; known: embed, classify, --help, --version");
}

}  // namespace

std::string help_text() {
  return "limbeck-student: sentence vectors and answers of a BiLSTM student, one line of text at a "
         "time\n"
         "\n"
         "  limbeck-student embed    --model DIR [options]   {\"vector\": [...]} for each line\n"
         "  limbeck-student classify --model DIR [options]   {\"label\": ..., \"probabilities\": "
         "{...}} or "
         "{\"score\": ...}\n"
         "                                                   (pairs: two texts with a tab between "
         "them)\n"
         "\n"
         "  --model DIR      student directory: config.json, model.safetensors, tokenizer\n"
         "  --input FILE|-   UTF-8 text, one sentence a line (default -: standard input)\n"
         "  --dtype TYPE     float32 (default), bfloat16 or int8\n"
         "  --threads N      default: the CPUs that this process may use\n"
         "  --version, --help\n"
         "\n"
         "Exit: 0 done, 2 wrong usage, 3 unreadable model or text, 5 internal error.\n";
}

StudentArguments parse_arguments(const std::vector<std::string>& words) {
  if (words.empty()) throw ConfigError("no command; known: embed, classify, --help, --version");
  StudentArguments arguments;
  arguments.action = parse_action(words[0]);
  for (size_t i = 1; i < words.size(); i += 2) {
    const std::string& name = words[i];
    if (name == "--help" || name == "-h") {
      arguments.action = StudentArguments::Action::kHelp;
      return arguments;
    }
    if (name != "--model" && name != "--input" && name != "--dtype" && name != "--threads")
      throw ConfigError("unknown option '" + name +
                        "'; known: --model, --input, --dtype, --threads");
    if (i + 1 == words.size()) throw ConfigError(name + ": expected a value");
    const std::string& value = words[i + 1];
    if (name == "--model") arguments.model = value;
    if (name == "--input") arguments.input = value;
    if (name == "--dtype") arguments.precision = nlp::parse_precision(value);
    if (name == "--threads") arguments.threads = parse_threads(value);
  }
  const bool runs = arguments.action == StudentArguments::Action::kEmbed ||
                    arguments.action == StudentArguments::Action::kClassify;
  if (runs && arguments.model.empty()) throw ConfigError("--model: expected a student directory");
  return arguments;
}

}  // namespace limbeck::tools
