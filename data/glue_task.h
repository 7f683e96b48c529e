#pragma once

#include <array>
#include <filesystem>
#include <string_view>
#include <vector>

#include "data/read/tsv_reader.h"
#include "data/task.h"

namespace limbeck::data {

/// Where one GLUE task keeps what, in its official TSV files.
struct GlueFiles {
  std::string_view task;    ///< Task::name
  std::string_view folder;  ///< "SST-2"
  TsvHeader header;         ///< of train and dev; every test file has one
  UnevenRows uneven;  ///< rows with a wrong number of columns, which a few official files contain
  /// Files of the split, tried in this order.
  std::array<std::string_view, 2> train_files, dev_files;
  std::string_view text, pair,
      label;  ///< column names in train and dev; pair empty for single sentences
  std::string_view test_text, test_pair;
};

/// One row a task, in the order of tasks().
std::span<const GlueFiles> glue_files();

/// Reads a split. Throws: DataError naming the file looked for.
std::vector<Example> load_glue(const GlueFiles& files, const Task& task,
                               const std::filesystem::path& glue_dir, Split split);

}  // namespace limbeck::data
