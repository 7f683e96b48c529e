#include "nlp/model/packed_batch.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "nlp/core/errors.h"

namespace limbeck::nlp {
namespace {

/// Lays out sequences of the given lengths; `fill(source, position)` gives {id, type id}.
template <class Fill>
PackedBatch lay_out(const std::vector<int64_t>& lengths, const Fill& fill) {
  std::vector<int64_t> order(lengths.size());
  std::iota(order.begin(), order.end(), 0);
  const auto length = [&](int64_t source) { return lengths[static_cast<size_t>(source)]; };
  std::stable_sort(order.begin(), order.end(),
                   [&](int64_t a, int64_t b) { return length(a) > length(b); });
  const int64_t n = std::accumulate(lengths.begin(), lengths.end(), int64_t{0});
  const int64_t count = static_cast<int64_t>(lengths.size());
  PackedBatch batch;
  for (at::Tensor* rows :
       {&batch.ids, &batch.type_ids, &batch.positions, &batch.segments.sequence_of_row})
    *rows = at::empty({n}, at::kLong);
  for (at::Tensor* sequences : {&batch.segments.lengths, &batch.first_rows, &batch.caller_order})
    *sequences = at::empty({count}, at::kLong);
  int64_t row = 0;
  for (int64_t k = 0; k < count; ++k) {
    const int64_t source = order[static_cast<size_t>(k)], steps = length(source);
    if (steps < 1)
      throw ShapeError("pack_batch: sentence " + std::to_string(source) + " has no tokens");
    if (batch.groups.empty() || batch.groups.back().length != steps)
      batch.groups.push_back({row, 0, steps});
    ++batch.groups.back().sequences;
    batch.segments.lengths.mutable_data_ptr<int64_t>()[k] = steps;
    batch.first_rows.mutable_data_ptr<int64_t>()[k] = row;
    batch.caller_order.mutable_data_ptr<int64_t>()[source] = k;
    for (int64_t t = 0; t < steps; ++t, ++row) {
      const auto [id, type] = fill(static_cast<size_t>(source), static_cast<size_t>(t));
      batch.ids.mutable_data_ptr<int64_t>()[row] = id;
      batch.type_ids.mutable_data_ptr<int64_t>()[row] = type;
      batch.positions.mutable_data_ptr<int64_t>()[row] = t;
      batch.segments.sequence_of_row.mutable_data_ptr<int64_t>()[row] = k;
    }
  }
  return batch;
}

}  // namespace

PackedBatch PackedBatch::to(at::Device device) const {
  PackedBatch moved = *this;
  for (at::Tensor* tensor :
       {&moved.ids, &moved.type_ids, &moved.positions, &moved.segments.sequence_of_row,
        &moved.segments.lengths, &moved.first_rows, &moved.caller_order})
    *tensor = tensor->to(device);
  return moved;
}

PackedBatch pack_batch(std::span<const Encoding> encodings) {
  std::vector<int64_t> lengths;
  for (const Encoding& encoding : encodings)
    lengths.push_back(static_cast<int64_t>(encoding.ids.size()));
  return lay_out(lengths, [&](size_t source, size_t t) {
    return std::pair<int64_t, int64_t>(encodings[source].ids[t], encodings[source].type_ids[t]);
  });
}

PackedBatch pack_batch(std::span<const std::vector<int32_t>> ids) {
  std::vector<int64_t> lengths;
  for (const std::vector<int32_t>& sentence : ids)
    lengths.push_back(static_cast<int64_t>(sentence.size()));
  return lay_out(lengths, [&](size_t source, size_t t) {
    return std::pair<int64_t, int64_t>(ids[source][t], 0);
  });
}

}  // namespace limbeck::nlp
