#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace limbeck::data {

/// One labelled sentence or pair.
struct Example {
  std::string text;
  std::optional<std::string> pair;
  int label = -1;   ///< position in Task::labels; -1 for regression and for unlabelled test sets
  float score = 0;  ///< regression target; 0 for classification
  std::string id;   ///< the file's own id, or its line number
};

enum class TaskKind { kClassification, kRegression };

/// What is to be predicted, and how it is scored.
struct Task {
  std::string name;  ///< "sst2"
  TaskKind kind = TaskKind::kClassification;
  bool is_pair = false;
  std::vector<std::string> labels;   ///< as the files spell them; empty for regression
  std::vector<std::string> metrics;  ///< of data/metric.h; the first one decides
  int64_t train_rows = 0;            ///< rows of the official split; 0 = not an official task
  int64_t dev_rows = 0;
  /// Of a model that says no more than its labels: files of pairs as well as of single texts, and a
  /// label may be given as its position.
  bool is_open = false;
};

enum class Split { kTrain, kDev, kTest };

/// The tasks that have a name: cola, sst2, mrpc, stsb, qqp, mnli, qnli, rte, wnli (GLUE) and
/// snippets.
std::span<const Task> tasks();

/// Case, '-' and '_' do not matter: "SST-2" is sst2. Throws: ConfigError `task 'x' is not one of:
/// cola, sst2, ...`.
const Task& find_task(std::string_view name);

/// Where a named task's files lie in `folder`: SST-2/ and so on of a GLUE directory, else `folder`.
/// Throws: as find_task().
std::filesystem::path task_folder(std::string_view name, const std::filesystem::path& folder);

/// Reads one split of a named task.
///
/// `folder` is the GLUE directory, which holds CoLA/, SST-2/, ... in the official TSV layout; for
/// snippets it is the asset's folder. The test splits of GLUE have no labels. Throws: ConfigError
/// for an unknown task; DataError for a missing or malformed file: `SST-2/train.tsv:17:2: label 'x'
/// is not one of: 0, 1`.
std::vector<Example> load_task(std::string_view name, const std::filesystem::path& folder,
                               Split split);

/// A task defined by the user's own files.
struct CustomTask {
  Task task;
  std::vector<Example> train, dev;
};

/// Reads a task from two TSV files (plain or gzip) whose header names the columns: `sentence` or
/// `text` for single sentences, `sentence1` and `sentence2` for pairs, `label` for classification
/// or `score` for regression, `id` if wanted; others are ignored. The labels are those of the
/// training file, in numeric order when all are integers, else in byte order. Throws: DataError,
/// also for fewer than 2 or more than 1000 labels, or no row.
CustomTask load_tsv_task(const std::filesystem::path& train, const std::filesystem::path& dev);

/// Whether a file may leave out what is to be predicted.
enum class Targets { kOptional, kRequired };

/// Reads one such file for a task that is known, for example the one a model was trained on. When
/// the header has neither `label` nor `score` the examples are unlabelled, where that is allowed.
std::vector<Example> load_tsv_examples(const std::filesystem::path& file, const Task& task,
                                       Targets targets = Targets::kOptional);

}  // namespace limbeck::data
