#include "nlp/causal/causal_linear.h"

#include <algorithm>

#include "nlp/core/errors.h"
#include "nlp/core/threads.h"

namespace limbeck::nlp {
namespace {

kernel::Arithmetic arithmetic_of(WeightFormat format) {
  return format == WeightFormat::kFloat32    ? kernel::Arithmetic::kFloat32
         : format == WeightFormat::kBFloat16 ? kernel::Arithmetic::kBFloat16
                                             : kernel::Arithmetic::kInt8;
}

AffineBlocks blocks_of(const WeightSource& source, const std::string& name,
                       const std::vector<int64_t>& shape) {
  std::optional<AffineBlocks> blocks = source.blocks(name, shape);
  if (!blocks) blocks = rounded_blocks(source.values(name, shape), shape.back());
  if (!blocks)
    throw DataError(name +
                    ": weights are not finite or beyond 64,000, too large for blocks of 8 "
                    "bits (choose float32 or bfloat16)");
  return std::move(*blocks);
}

void set_rows(const AffineBlocks& part, int64_t first, int64_t rows, kernel::BlockMatrix& matrix) {
  const auto count = static_cast<size_t>(part.row_blocks);
  parallel_for(rows, 64, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const size_t at = static_cast<size_t>(row) * count;
      matrix.set_row(first + row, {&part.codes[32 * at], 32 * count}, {&part.scales[at], count},
                     {&part.minima[at], count});
    }
  });
}

/// The parts below one another.
kernel::BlockMatrix block_matrix(const std::vector<AffineBlocks>& parts,
                                 const std::vector<int64_t>& outputs, int64_t inputs) {
  int bits = 4;
  int64_t rows = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    bits = std::max(bits, parts[i].bits);
    rows += outputs[i];
  }
  kernel::BlockMatrix matrix(bits, rows, inputs);
  for (size_t i = 0, first = 0; i < parts.size(); first += static_cast<size_t>(outputs[i++]))
    set_rows(parts[i], static_cast<int64_t>(first), outputs[i], matrix);
  return matrix;
}

}  // namespace

CausalLinear::CausalLinear(const WeightSource& source, const std::vector<std::string>& names,
                           const std::vector<int64_t>& outputs, int64_t inputs, WeightFormat format)
    : inputs_(inputs) {
  std::vector<float> weights;
  std::vector<AffineBlocks> parts;
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string name = names[i] + ".weight", bias_name = names[i] + ".bias";
    const std::vector<int64_t> shape = {outputs[i], inputs};
    if (format == WeightFormat::kStored) {
      parts.push_back(blocks_of(source, name, shape));
    } else {
      const std::vector<float> part = source.values(name, shape);
      weights.insert(weights.end(), part.begin(), part.end());
    }
    if (source.has(bias_name)) {
      bias_.resize(static_cast<size_t>(outputs_), 0.0f);
      const std::vector<float> more = source.values(bias_name, {outputs[i]});
      bias_.insert(bias_.end(), more.begin(), more.end());
    }
    outputs_ += outputs[i];
  }
  if (!bias_.empty()) bias_.resize(static_cast<size_t>(outputs_), 0.0f);
  if (format == WeightFormat::kStored)
    blocks_ = block_matrix(parts, outputs, inputs);
  else
    packed_ = kernel::PackedMatrix(arithmetic_of(format), weights.data(), outputs_, inputs, inputs);
}

int64_t CausalLinear::bytes() const {
  return packed_.bytes() + blocks_.bytes() + static_cast<int64_t>(bias_.size() * sizeof(float));
}

void CausalLinear::apply(int64_t rows, const float* in, int64_t in_stride,
                         kernel::Activation activation, const float* residual, float* out) const {
  const kernel::Epilogue epilogue = {bias_.empty() ? nullptr : bias_.data(), activation, residual,
                                     outputs_};
  if (blocks_.outputs() > 0)
    kernel::multiply(blocks_, rows, in, in_stride, epilogue, out, outputs_);
  else
    kernel::multiply(packed_, rows, in, in_stride, epilogue, out, outputs_);
}

}  // namespace limbeck::nlp
