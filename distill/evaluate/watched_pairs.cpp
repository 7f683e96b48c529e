#include "distill/evaluate/watched_pairs.h"

#include "data/metric.h"
#include "data/read/tsv_reader.h"
#include "data/task.h"
#include "distill/evaluate/retrieval.h"
#include "nlp/core/errors.h"

namespace limbeck::distill {
namespace {

nlp::VectorRows first_columns(const nlp::VectorRows& rows, int64_t width) {
  if (rows.width == width) return rows;
  nlp::VectorRows cut{rows.rows, width, {}};
  cut.values.reserve(static_cast<size_t>(rows.rows * width));
  for (int64_t i = 0; i < rows.rows; ++i) {
    const auto row = rows.row(i).first(static_cast<size_t>(width));
    cut.values.insert(cut.values.end(), row.begin(), row.end());
  }
  return cut;
}

}  // namespace

TextPairs read_watched_pairs(const std::filesystem::path& file) {
  data::Task task;
  task.name = "pairs";
  task.kind = data::TaskKind::kRegression;
  task.is_pair = true;
  if (!data::TsvReader(file, data::TsvHeader::kPresent).find_column("score"))
    throw DataError(file.string() + ":1: expected a column named 'score'");
  TextPairs pairs;
  for (data::Example& example : data::load_tsv_examples(file, task)) {
    pairs.left.push_back(std::move(example.text));
    pairs.right.push_back(std::move(*example.pair));
    pairs.scores.push_back(example.score);
  }
  return pairs;
}

double pairs_spearman(const TextPairs& pairs,
                      const std::function<nlp::VectorRows(std::span<const std::string>)>& encode,
                      int64_t width) {
  data::Predictions predictions;
  predictions.predicted_scores = row_cosines(first_columns(encode(pairs.left), width),
                                             first_columns(encode(pairs.right), width));
  predictions.expected_scores = pairs.scores;
  return data::find_metric("spearman").compute(predictions);
}

}  // namespace limbeck::distill
