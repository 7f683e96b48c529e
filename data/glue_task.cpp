#include "data/glue_task.h"

#include <algorithm>
#include <span>

#include "data/corpus.h"
#include "data/label_reader.h"
#include "nlp/core/errors.h"

namespace limbeck::data {
namespace {

namespace fs = std::filesystem;

constexpr auto kHeader = TsvHeader::kPresent;
constexpr auto kRefuse = UnevenRows::kRefuse;
constexpr std::array<std::string_view, 2> kTrain = {"train.tsv", ""}, kDev = {"dev.tsv", ""};

// CoLA's train and dev files have no header: source, label, author's mark, sentence. QQP's official
// files hold some rows that are cut short, and a labelled sample stands in for files that may not
// be passed on; MNLI's dev set may be a reconstruction.
constexpr std::array<GlueFiles, 9> kFiles = {{
    {"cola", "CoLA", TsvHeader::kAbsent, kRefuse, kTrain, kDev, "3", "", "1", "sentence", ""},
    {"sst2", "SST-2", kHeader, kRefuse, kTrain, kDev, "sentence", "", "label", "sentence", ""},
    {"mrpc", "MRPC", kHeader, kRefuse, kTrain, kDev, "#1 String", "#2 String", "Quality",
     "#1 String", "#2 String"},
    {"stsb", "STS-B", kHeader, kRefuse, kTrain, kDev, "sentence1", "sentence2", "score",
     "sentence1", "sentence2"},
    {"qqp",
     "QQP",
     kHeader,
     UnevenRows::kSkip,
     kTrain,
     {"dev.tsv", "sample_labelled.tsv"},
     "question1",
     "question2",
     "is_duplicate",
     "question1",
     "question2"},
    {"mnli",
     "MNLI",
     kHeader,
     kRefuse,
     kTrain,
     {"dev_matched.tsv", "dev_matched_reconstructed.tsv"},
     "sentence1",
     "sentence2",
     "gold_label",
     "sentence1",
     "sentence2"},
    {"qnli", "QNLI", kHeader, kRefuse, kTrain, kDev, "question", "sentence", "label", "question",
     "sentence"},
    {"rte", "RTE", kHeader, kRefuse, kTrain, kDev, "sentence1", "sentence2", "label", "sentence1",
     "sentence2"},
    {"wnli", "WNLI", kHeader, kRefuse, kTrain, kDev, "sentence1", "sentence2", "label", "sentence1",
     "sentence2"},
}};

fs::path split_file(const GlueFiles& files, const fs::path& folder, Split split) {
  if (split == Split::kTest)
    return folder / (files.task == "mnli" ? "test_matched.tsv" : "test.tsv");
  const auto& names = split == Split::kTrain ? files.train_files : files.dev_files;
  for (const std::string_view name : names)
    if (!name.empty() && fs::exists(folder / name)) return folder / name;
  return folder / names[0];
}

/// Position of a column, given by name or, in files without header, by its number from 0.
size_t position(const TsvReader& reader, std::string_view column) {
  return reader.header().empty() ? static_cast<size_t>(column[0] - '0') : reader.column(column);
}

}  // namespace

std::span<const GlueFiles> glue_files() { return kFiles; }

std::vector<Example> load_glue(const GlueFiles& files, const Task& task, const fs::path& glue_dir,
                               Split split) {
  const fs::path path = split_file(files, glue_dir / files.folder, split);
  if (!fs::exists(path))
    throw DataError(path.string() + ": missing (expected the official GLUE files in --glue-dir)");
  const bool is_test = split == Split::kTest;
  TsvReader reader(path, is_test ? kHeader : files.header, files.uneven);
  const size_t text = position(reader, is_test ? files.test_text : files.text);
  const size_t pair = task.is_pair ? position(reader, is_test ? files.test_pair : files.pair) : 0;
  const size_t label = is_test ? 0 : position(reader, files.label);
  const auto id = reader.find_column("index");
  std::vector<Example> examples;
  std::vector<std::string_view> fields;
  while (reader.next(fields)) {
    if (std::max({text, pair, label}) >= fields.size())
      reader.fail(fields.size(), "expected " + std::to_string(std::max({text, pair, label}) + 1) +
                                     " columns, got " + std::to_string(fields.size()) +
                                     " (is the separator a tab?)");
    Example example;
    example.text = without_outer_blanks(fields[text]);
    if (task.is_pair) example.pair = without_outer_blanks(fields[pair]);
    if (!is_test) read_target(reader, fields, label, task, example);
    example.id = id ? std::string(fields[*id]) : std::to_string(reader.line_number());
    examples.push_back(std::move(example));
  }
  if (examples.empty()) throw DataError(path.string() + ": no row after the header");
  return examples;
}

}  // namespace limbeck::data
