#pragma once

#include <cstddef>
#include <string_view>

#include "data/read/tsv_reader.h"
#include "data/task.h"

namespace limbeck::data {

/// The position of a label of the task by its name, or, where the task is open, by its number.
std::optional<int> find_label(const Task& task, std::string_view text);

/// Puts the label or score that stands in `fields[column]` into the example.
/// Throws: DataError `file:17:2: label 'x' is not one of: 0, 1` or `file:17:4: expected a number as
/// score, got 'x'`.
void read_target(const TsvReader& reader, const std::vector<std::string_view>& fields,
                 size_t column, const Task& task, Example& example);

}  // namespace limbeck::data
