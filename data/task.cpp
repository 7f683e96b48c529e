#include "data/task.h"

#include "data/glue_task.h"
#include "data/snippets.h"
#include "nlp/core/errors.h"

namespace limbeck::data {
namespace {

using Words = std::vector<std::string>;

/// Labels and metrics as GLUE defines them; rows of the official splits (Wang et al. 2019, table 1,
/// and its files).
const std::vector<Task>& task_table() {
  constexpr auto kClasses = TaskKind::kClassification;
  static const Words binary = {"0", "1"};
  static const Words entailment = {"entailment", "not_entailment"};
  static const std::vector<Task> table = {
      {"cola", kClasses, false, binary, {"mcc", "accuracy"}, 8551, 1043},
      {"sst2", kClasses, false, binary, {"accuracy"}, 67349, 872},
      {"mrpc", kClasses, true, binary, {"f1", "accuracy"}, 3668, 408},
      {"stsb", TaskKind::kRegression, true, {}, {"spearman", "pearson"}, 5749, 1500},
      {"qqp", kClasses, true, binary, {"f1", "accuracy"}, 363849, 40430},
      {"mnli",
       kClasses,
       true,
       {"contradiction", "entailment", "neutral"},
       {"accuracy"},
       392702,
       9815},
      {"qnli", kClasses, true, entailment, {"accuracy"}, 104743, 5463},
      {"rte", kClasses, true, entailment, {"accuracy"}, 2490, 277},
      {"wnli", kClasses, true, binary, {"accuracy"}, 635, 71},
      {"snippets", kClasses, false, {"negative", "positive"}, {"accuracy", "f1"}, 0, 0},
  };
  return table;
}

std::string plain_name(std::string_view name) {
  std::string plain;
  for (const char c : name)
    if (c != '-' && c != '_') plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return plain;
}

}  // namespace

std::span<const Task> tasks() { return task_table(); }

const Task& find_task(std::string_view name) {
  std::string known;
  for (const Task& task : task_table()) {
    if (task.name == plain_name(name)) return task;
    known += (known.empty() ? "" : ", ") + task.name;
  }
  throw ConfigError("task '" + std::string(name) + "' is not one of: " + known);
}

std::filesystem::path task_folder(std::string_view name, const std::filesystem::path& folder) {
  for (const GlueFiles& files : glue_files())
    if (files.task == find_task(name).name) return folder / files.folder;
  return folder;
}

std::vector<Example> load_task(std::string_view name, const std::filesystem::path& folder,
                               Split split) {
  const Task& task = find_task(name);
  for (const GlueFiles& files : glue_files())
    if (files.task == task.name) return load_glue(files, task, folder, split);
  return load_snippets(folder, split);
}

}  // namespace limbeck::data
