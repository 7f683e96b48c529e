#include "data/read/tsv_reader.h"

#include <algorithm>

#include "nlp/core/errors.h"

namespace limbeck::data {
namespace {

void split_at_tabs(std::string_view line, std::vector<std::string_view>& fields) {
  fields.clear();
  for (size_t tab = line.find('\t'); tab != std::string_view::npos; tab = line.find('\t')) {
    fields.push_back(line.substr(0, tab));
    line.remove_prefix(tab + 1);
  }
  fields.push_back(line);
}

}  // namespace

TsvReader::TsvReader(const std::filesystem::path& path, TsvHeader header, UnevenRows uneven)
    : lines_(path), uneven_(uneven) {
  if (header == TsvHeader::kAbsent) return;
  lines_.next(line_);
  std::vector<std::string_view> fields;
  split_at_tabs(line_, fields);
  header_.assign(fields.begin(), fields.end());
  columns_ = header_.size();
}

std::optional<size_t> TsvReader::find_column(std::string_view name) const {
  const auto found = std::find(header_.begin(), header_.end(), name);
  if (found == header_.end()) return std::nullopt;
  return static_cast<size_t>(found - header_.begin());
}

size_t TsvReader::column(std::string_view name) const {
  if (const auto found = find_column(name)) return *found;
  std::string known;
  for (const std::string& column : header_) known += (known.empty() ? "" : ", ") + column;
  throw DataError(file() + ":1: no column '" + std::string(name) + "'; the header has: " + known);
}

bool TsvReader::next(std::vector<std::string_view>& fields) {
  while (lines_.next(line_)) {
    if (line_.empty()) continue;
    split_at_tabs(line_, fields);
    if (columns_ == 0) columns_ = fields.size();
    if (fields.size() == columns_) return true;
    if (uneven_ == UnevenRows::kRefuse)
      fail(std::min(columns_, fields.size()), "expected " + std::to_string(columns_) +
                                                  " columns, got " + std::to_string(fields.size()) +
                                                  " (is the separator a tab?)");
    ++skipped_rows_;
  }
  return false;
}

}  // namespace limbeck::data
