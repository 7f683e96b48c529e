#include <algorithm>
#include <charconv>
#include <map>

#include "data/corpus.h"
#include "data/label_reader.h"
#include "data/task.h"
#include "nlp/core/errors.h"

namespace limbeck::data {
namespace {

constexpr size_t kMaxLabels = 1000;

/// Positions of the columns that a task needs.
struct Columns {
  size_t text = 0;
  std::optional<size_t> pair, target, id;
  bool is_regression = false;
};

Columns find_columns(const TsvReader& reader) {
  Columns columns;
  const auto first = reader.find_column("sentence1");
  columns.pair = reader.find_column("sentence2");
  if (first && columns.pair) {
    columns.text = *first;
  } else {
    columns.pair.reset();
    const auto single = reader.find_column("sentence");
    columns.text = single ? *single : reader.find_column("text").value_or(SIZE_MAX);
  }
  if (columns.text == SIZE_MAX) {
    std::string header;
    for (const std::string& name : reader.header()) header += (header.empty() ? "" : ", ") + name;
    throw DataError(
        reader.file() +
        ":1: expected a header with sentence (or text), or sentence1 and sentence2, got: " +
        header);
  }
  columns.target = reader.find_column("label");
  columns.is_regression = !columns.target;
  if (!columns.target) columns.target = reader.find_column("score");
  columns.id = reader.find_column("id");
  return columns;
}

/// Text, pair and id of a row.
Example example_of(const TsvReader& reader, const Columns& columns,
                   const std::vector<std::string_view>& fields) {
  Example example;
  example.text = without_outer_blanks(fields[columns.text]);
  if (columns.pair) example.pair = without_outer_blanks(fields[*columns.pair]);
  example.id = columns.id ? std::string(fields[*columns.id]) : std::to_string(reader.line_number());
  return example;
}

std::optional<int64_t> as_integer(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// In numeric order when all are integers, else in byte order.
std::vector<std::string> ordered(const std::map<std::string, int>& found) {
  std::vector<std::string> labels;
  for (const auto& [label, first] : found) labels.push_back(label);
  if (std::all_of(labels.begin(), labels.end(), [](const auto& l) { return as_integer(l); }))
    std::stable_sort(labels.begin(), labels.end(),
                     [](const auto& a, const auto& b) { return *as_integer(a) < *as_integer(b); });
  return labels;
}

/// The examples of a file whose labels are those that stand in it, in one pass: it may be a pipe.
class TrainingFile {
 public:
  explicit TrainingFile(const std::filesystem::path& file)
      : reader_(file, TsvHeader::kPresent), columns_(find_columns(reader_)) {
    if (!columns_.target)
      throw DataError(reader_.file() + ":1: expected a column named 'label' or 'score'");
  }

  void read(CustomTask& custom) {
    Task& task = custom.task;
    task.name = "custom";
    task.is_pair = columns_.pair.has_value();
    if (columns_.is_regression) {
      task.kind = TaskKind::kRegression;
      task.metrics = {"spearman", "pearson"};
    }
    read_rows(custom);
    if (!columns_.is_regression) settle_labels(custom);
    if (custom.train.empty()) throw DataError(reader_.file() + ": no row after the header");
  }

 private:
  void read_rows(CustomTask& custom) {
    std::vector<std::string_view> fields;
    while (reader_.next(fields)) {
      Example example = example_of(reader_, columns_, fields);
      if (columns_.is_regression)
        read_target(reader_, fields, *columns_.target, custom.task, example);
      else
        example.label = number_of(without_outer_blanks(fields[*columns_.target]));
      custom.train.push_back(std::move(example));
    }
  }

  /// Labels are numbered as they come.
  int number_of(std::string_view label) {
    const size_t column = *columns_.target;
    if (label.empty()) reader_.fail(column, "expected a label, got nothing");
    const auto [at, is_new] =
        numbers_.emplace(std::string(label), static_cast<int>(numbers_.size()));
    if (numbers_.size() > kMaxLabels)
      reader_.fail(column, "more than " + std::to_string(kMaxLabels) +
                               " labels (for regression, name the column 'score')");
    return at->second;
  }

  void settle_labels(CustomTask& custom) {
    Task& task = custom.task;
    task.labels = ordered(numbers_);
    if (task.labels.size() < 2)
      throw DataError(reader_.file() + ": expected at least 2 different labels, got " +
                      std::to_string(task.labels.size()));
    task.metrics = {"accuracy"};
    if (task.labels.size() == 2) task.metrics.push_back("f1");
    task.metrics.push_back("mcc");
    std::vector<int> positions(task.labels.size());
    for (size_t i = 0; i < task.labels.size(); ++i)
      positions[static_cast<size_t>(numbers_.at(task.labels[i]))] = static_cast<int>(i);
    for (Example& example : custom.train)
      example.label = positions[static_cast<size_t>(example.label)];
  }

  TsvReader reader_;
  Columns columns_;
  std::map<std::string, int> numbers_;
};

void require_same_form(const TsvReader& reader, const Columns& columns, const Task& task) {
  if (columns.pair.has_value() != task.is_pair && !task.is_open)
    throw DataError(reader.file() + ":1: expected " +
                    (task.is_pair ? "sentence1 and sentence2" : "sentence or text") +
                    ", as the task has " + (task.is_pair ? "pairs" : "single sentences"));
  const bool wants_score = task.kind == TaskKind::kRegression;
  if (columns.target && columns.is_regression != wants_score)
    throw DataError(reader.file() + ":1: expected a column named '" +
                    (wants_score ? "score" : "label") + "', as the task is " +
                    (wants_score ? "regression" : "classification"));
}

}  // namespace

std::vector<Example> load_tsv_examples(const std::filesystem::path& file, const Task& task,
                                       Targets targets) {
  TsvReader reader(file, TsvHeader::kPresent);
  if (targets == Targets::kRequired && !reader.find_column("label") && !reader.find_column("score"))
    throw DataError(reader.file() + ":1: expected a column named '" +
                    (task.kind == TaskKind::kRegression ? "score" : "label") + "'");
  const Columns columns = find_columns(reader);
  require_same_form(reader, columns, task);
  std::vector<Example> examples;
  std::vector<std::string_view> fields;
  while (reader.next(fields)) {
    Example example = example_of(reader, columns, fields);
    if (columns.target) read_target(reader, fields, *columns.target, task, example);
    examples.push_back(std::move(example));
  }
  if (examples.empty()) throw DataError(reader.file() + ": no row after the header");
  return examples;
}

CustomTask load_tsv_task(const std::filesystem::path& train, const std::filesystem::path& dev) {
  CustomTask custom;
  TrainingFile(train).read(custom);
  custom.dev = load_tsv_examples(dev, custom.task);
  return custom;
}

}  // namespace limbeck::data
