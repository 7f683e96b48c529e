#include <algorithm>
#include <charconv>
#include <map>
#include <set>

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

std::optional<int64_t> as_integer(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Labels of a file: in numeric order when all are integers, else in byte order.
std::vector<std::string> collect_labels(TsvReader& reader, size_t column) {
  std::set<std::string> found;
  std::vector<std::string_view> fields;
  while (reader.next(fields)) {
    const std::string_view label = without_outer_blanks(fields[column]);
    if (label.empty()) reader.fail(column, "expected a label, got nothing");
    found.emplace(label);
    if (found.size() > kMaxLabels)
      reader.fail(column, "more than " + std::to_string(kMaxLabels) +
                              " labels (for regression, name the column 'score')");
  }
  std::vector<std::string> labels(found.begin(), found.end());
  if (std::all_of(labels.begin(), labels.end(), [](const auto& l) { return as_integer(l); }))
    std::stable_sort(labels.begin(), labels.end(),
                     [](const auto& a, const auto& b) { return *as_integer(a) < *as_integer(b); });
  return labels;
}

Task infer_task(const std::filesystem::path& train) {
  TsvReader reader(train, TsvHeader::kPresent);
  const Columns columns = find_columns(reader);
  if (!columns.target)
    throw DataError(reader.file() + ":1: expected a column named 'label' or 'score'");
  Task task;
  task.name = "custom";
  task.is_pair = columns.pair.has_value();
  if (columns.is_regression) {
    task.kind = TaskKind::kRegression;
    task.metrics = {"spearman", "pearson"};
    return task;
  }
  task.labels = collect_labels(reader, *columns.target);
  if (task.labels.size() < 2)
    throw DataError(reader.file() + ": expected at least 2 different labels, got " +
                    std::to_string(task.labels.size()));
  task.metrics = {"accuracy"};
  if (task.labels.size() == 2) task.metrics.push_back("f1");
  task.metrics.push_back("mcc");
  return task;
}

void require_same_form(const TsvReader& reader, const Columns& columns, const Task& task) {
  if (columns.pair.has_value() != task.is_pair)
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

std::vector<Example> load_tsv_examples(const std::filesystem::path& file, const Task& task) {
  TsvReader reader(file, TsvHeader::kPresent);
  const Columns columns = find_columns(reader);
  require_same_form(reader, columns, task);
  std::vector<Example> examples;
  std::vector<std::string_view> fields;
  while (reader.next(fields)) {
    Example example;
    example.text = without_outer_blanks(fields[columns.text]);
    if (columns.pair) example.pair = without_outer_blanks(fields[*columns.pair]);
    if (columns.target) read_target(reader, fields, *columns.target, task, example);
    example.id =
        columns.id ? std::string(fields[*columns.id]) : std::to_string(reader.line_number());
    examples.push_back(std::move(example));
  }
  if (examples.empty()) throw DataError(reader.file() + ": no row after the header");
  return examples;
}

CustomTask load_tsv_task(const std::filesystem::path& train, const std::filesystem::path& dev) {
  CustomTask custom;
  custom.task = infer_task(train);
  custom.train = load_tsv_examples(train, custom.task);
  custom.dev = load_tsv_examples(dev, custom.task);
  return custom;
}

}  // namespace limbeck::data
