#include "nlp/model/time_major.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "nlp/core/errors.h"

namespace limbeck::nlp {
namespace {

/// Indices of the lengths, longest first; equal lengths keep their order.
std::vector<int64_t> longest_first(std::span<const int64_t> lengths) {
  std::vector<int64_t> order(lengths.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
    return lengths[static_cast<size_t>(a)] > lengths[static_cast<size_t>(b)];
  });
  return order;
}

TimeMajorPiece make_piece(std::span<const int64_t> falling_lengths) {
  TimeMajorPiece piece;
  int64_t running = static_cast<int64_t>(falling_lengths.size());
  int64_t row = 0;
  for (int64_t t = 0; t < falling_lengths.front(); ++t) {
    while (falling_lengths[static_cast<size_t>(running - 1)] <= t) --running;
    piece.active.push_back(running);
    piece.offset.push_back(row);
    row += running;
  }
  return piece;
}

}  // namespace

std::shared_ptr<const TimeMajorLayout> time_major_layout(std::span<const int64_t> lengths,
                                                         int64_t piece_size) {
  if (piece_size < 1)
    throw ShapeError("time_major_layout: piece_size must be >= 1, got " +
                     std::to_string(piece_size));
  auto layout = std::make_shared<TimeMajorLayout>();
  layout->order = longest_first(lengths);
  for (const int64_t source : layout->order) {
    const int64_t length = lengths[static_cast<size_t>(source)];
    if (length < 1)
      throw ShapeError("time_major_layout: sentence " + std::to_string(source) + " has no tokens");
    layout->lengths.push_back(length);
  }
  const std::span<const int64_t> falling(layout->lengths);
  for (size_t first = 0; first < falling.size(); first += static_cast<size_t>(piece_size)) {
    const size_t count = std::min(falling.size() - first, static_cast<size_t>(piece_size));
    TimeMajorPiece piece = make_piece(falling.subspan(first, count));
    piece.first_row = layout->rows;
    piece.first_sequence = static_cast<int64_t>(first);
    layout->rows += piece.rows();
    layout->pieces.push_back(std::move(piece));
  }
  return layout;
}

TimeMajorBatch TimeMajorBatch::to(at::Device device) const {
  TimeMajorBatch moved = *this;
  for (at::Tensor* tensor : {&moved.ids, &moved.segments.sequence_of_row, &moved.segments.lengths,
                             &moved.first_rows, &moved.last_rows, &moved.caller_order})
    *tensor = tensor->to(device);
  return moved;
}

TimeMajorBatch time_major_batch(std::span<const std::vector<int32_t>> ids, int64_t piece_size) {
  std::vector<int64_t> lengths;
  for (const std::vector<int32_t>& sentence : ids)
    lengths.push_back(static_cast<int64_t>(sentence.size()));
  TimeMajorBatch batch;
  batch.layout = time_major_layout(lengths, piece_size);
  const TimeMajorLayout& layout = *batch.layout;
  const auto new_index = [](int64_t count) { return at::empty({count}, at::kLong); };
  batch.ids = new_index(layout.rows);
  batch.segments.sequence_of_row = new_index(layout.rows);
  for (at::Tensor* tensor :
       {&batch.segments.lengths, &batch.first_rows, &batch.last_rows, &batch.caller_order})
    *tensor = new_index(layout.sequences());
  const auto data = [](at::Tensor& tensor) { return tensor.mutable_data_ptr<int64_t>(); };
  int64_t row = 0;
  for (const TimeMajorPiece& piece : layout.pieces)
    for (int64_t t = 0; t < piece.steps(); ++t)
      for (int64_t i = 0; i < piece.active[static_cast<size_t>(t)]; ++i, ++row) {
        const int64_t k = piece.first_sequence + i;
        const int64_t source = layout.order[static_cast<size_t>(k)];
        data(batch.ids)[row] = ids[static_cast<size_t>(source)][static_cast<size_t>(t)];
        data(batch.segments.sequence_of_row)[row] = k;
        if (t == 0) data(batch.first_rows)[k] = row;
        data(batch.last_rows)[k] = row;
      }
  for (int64_t k = 0; k < layout.sequences(); ++k) {
    data(batch.caller_order)[layout.order[static_cast<size_t>(k)]] = k;
    data(batch.segments.lengths)[k] = layout.lengths[static_cast<size_t>(k)];
  }
  return batch;
}

}  // namespace limbeck::nlp
