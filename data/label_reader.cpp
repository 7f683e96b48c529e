#include "data/label_reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "data/corpus.h"

namespace limbeck::data {

std::optional<int> find_label(const Task& task, std::string_view text) {
  const auto found = std::find(task.labels.begin(), task.labels.end(), text);
  if (found != task.labels.end()) return static_cast<int>(found - task.labels.begin());
  int position = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, position);
  const bool is_position = error == std::errc() && stop == end && position >= 0 &&
                           position < static_cast<int>(task.labels.size());
  return task.is_open && is_position ? std::optional(position) : std::nullopt;
}

void read_target(const TsvReader& reader, const std::vector<std::string_view>& fields,
                 size_t column, const Task& task, Example& example) {
  const std::string_view text = without_outer_blanks(fields[column]);
  if (task.kind == TaskKind::kRegression) {
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, example.score);
    if (error != std::errc() || stop != end || !std::isfinite(example.score))
      reader.fail(column, "expected a number as score, got '" + std::string(text) + "'");
    return;
  }
  const std::optional<int> found = find_label(task, text);
  if (!found) {
    std::string known;
    for (const std::string& label : task.labels) known += (known.empty() ? "" : ", ") + label;
    reader.fail(column, "label '" + std::string(text) + "' is not one of: " + known);
  }
  example.label = *found;
}

}  // namespace limbeck::data
