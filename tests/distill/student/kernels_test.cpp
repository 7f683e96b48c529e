#include "distill/student/kernels.h"

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <cmath>
#include <vector>

#include "nlp/core/random_stream.h"

namespace limbeck::distill::detail {
namespace {

using nlp::Precision;

std::vector<float> uniform(RandomStream& random, int64_t count) {
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) value = static_cast<float>(2 * random.uniform() - 1);
  return values;
}

/// Every instruction set of this processor in turn.
void for_each_target(const auto& check) {
  for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    SCOPED_TRACE(kernel_target());
    check();
  }
  hwy::SetSupportedTargetsForTest(0);
}

// |sum of K products| of values below 1: K roundings of half an ulp of at most K, K = 48.
constexpr double kSumTolerance = 48 * 48 * 6e-8;

void check_product(Precision precision, int64_t rows) {
  RandomStream random(7, "product");
  const int64_t outputs = 70, inputs = 37, padded = padded_width(inputs);
  const std::vector<float> matrix = uniform(random, outputs * inputs), bias = uniform(random, 128);
  const PanelWeights weights = pack_panels(matrix, inputs, plain_order(outputs, inputs), precision);
  std::vector<float> input(static_cast<size_t>(rows * padded), 0.0f);
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t k = 0; k < inputs; ++k)
      input[static_cast<size_t>(r * padded + k)] = static_cast<float>(random.uniform());
  std::vector<uint8_t> bytes(input.size());
  std::vector<float> scale(static_cast<size_t>(rows)), out(static_cast<size_t>(rows * 128));
  quantize_rows(input.data(), padded, rows, padded, bytes.data(), scale.data());
  panel_product(weights, bias.data(), {rows, padded, input.data(), bytes.data(), scale.data()},
                out.data());
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t o = 0; o < outputs; ++o) {
      double want = bias[static_cast<size_t>(o)];
      for (int64_t k = 0; k < inputs; ++k)
        want += static_cast<double>(matrix[static_cast<size_t>(o * inputs + k)]) *
                input[static_cast<size_t>(r * padded + k)];
      // bfloat16: 37 weights with a relative error of 2^-9. int8: half a step of 1/127 on either
      // side.
      const double tolerance = precision == Precision::kFloat32    ? kSumTolerance
                               : precision == Precision::kBFloat16 ? 37 * 0.002
                                                                   : 37 * 0.008;
      ASSERT_NEAR(out[static_cast<size_t>(r * 128 + o)], want, tolerance) << r << " " << o;
    }
}

TEST(StudentProduct, EqualsTheSumInFloat64AtEachTileSizeAndInstructionSet) {
  for_each_target([] {
    for (const Precision precision : {Precision::kFloat32, Precision::kBFloat16, Precision::kInt8})
      for (int64_t rows = 1; rows <= 13; ++rows) check_product(precision, rows);
  });
}

TEST(StudentProduct, BytesAreExactAtTheirExtremes) {
  // 64 inputs of +127 against weights of -127 and +127: sums of 64 * 127 * 127 must not saturate.
  for_each_target([] {
    const std::vector<float> matrix = [] {
      std::vector<float> values(64 * 64, -1.0f);
      std::fill(values.begin(), values.begin() + 64, 1.0f);
      return values;
    }();
    const PanelWeights weights = pack_panels(matrix, 64, plain_order(64, 64), Precision::kInt8);
    const std::vector<float> bias(64, 0.0f), input(2 * 64, 1.0f);
    std::vector<uint8_t> bytes(2 * 64);
    std::vector<float> scale(2), out(2 * 64);
    quantize_rows(input.data(), 64, 2, 64, bytes.data(), scale.data());
    EXPECT_EQ(bytes[0], 255);
    panel_product(weights, bias.data(), {2, 64, nullptr, bytes.data(), scale.data()}, out.data());
    EXPECT_NEAR(out[0], 64.0f, 1e-4);
    EXPECT_NEAR(out[1], -64.0f, 1e-4);
    EXPECT_NEAR(out[127], -64.0f, 1e-4);
  });
}

TEST(StudentQuantization, IsWithinHalfAStepAndKeepsZero) {
  for_each_target([] {
    RandomStream random(3, "quantize");
    std::vector<float> values = uniform(random, 32);
    values[5] = 0.0f;
    std::vector<uint8_t> bytes(32);
    float scale = 0;
    quantize_rows(values.data(), 32, 1, 32, bytes.data(), &scale);
    EXPECT_EQ(bytes[5], 128);
    for (size_t i = 0; i < 32; ++i)
      EXPECT_NEAR((bytes[i] - 128) * scale, values[i], scale * 0.5001);
    const std::vector<float> zeros(32, 0.0f);
    quantize_rows(zeros.data(), 32, 1, 32, bytes.data(), &scale);
    EXPECT_EQ(scale, 0.0f);
    EXPECT_EQ(bytes[0], 128);
  });
}

/// One unit-by-unit step in float64, from the definition of the LSTM.
void reference_step(const double* gates, double& cell, double& hidden) {
  const auto sigmoid = [](double x) { return 1.0 / (1.0 + std::exp(-x)); };
  cell = sigmoid(gates[1]) * cell + sigmoid(gates[0]) * std::tanh(gates[2]);
  hidden = sigmoid(gates[3]) * std::tanh(cell);
}

TEST(StudentLstm, EqualsTheDefinitionInFloat64EvenWhenSaturated) {
  for_each_target([] {
    const int64_t hidden = 16, steps = 9;
    const PanelWeights none =
        pack_panels(std::vector<float>(64 * 16, 0.0f), 16, {gate_rows(16), padded_columns(1, 16)},
                    Precision::kFloat32);
    RandomStream random(11, "lstm");
    auto gates = hwy::AllocateAligned<float>(steps * 64);
    // Widths from 1 to 100: everything from the linear part to saturated gates.
    for (int64_t i = 0; i < steps * 64; ++i)
      gates[i] = static_cast<float>((2 * random.uniform() - 1) * std::pow(10.0, i % 3));
    const std::vector<float> given(gates.get(), gates.get() + steps * 64);
    std::vector<int64_t> offsets;
    for (int64_t t = 0; t <= steps; ++t) offsets.push_back(t);
    auto cell = hwy::AllocateAligned<float>(16);
    std::vector<float> output(static_cast<size_t>(steps * hidden));
    LstmDirection lstm;
    lstm.offsets = offsets;
    lstm.recurrent = &none;
    lstm.gates = gates.get();
    lstm.output = output.data();
    lstm.stride = hidden;
    lstm.cell = cell.get();
    run_lstm(lstm);
    for (int64_t unit = 0; unit < hidden; ++unit) {
      double c = 0, h = 0;
      for (int64_t t = 0; t < steps; ++t) {
        double sums[4];
        for (int64_t g = 0; g < 4; ++g)
          sums[g] = given[static_cast<size_t>(t * 64 + g * 16 + unit)];
        reference_step(sums, c, h);
        // Each of nine steps rounds the cell, which stays below 9, a few times.
        ASSERT_NEAR(output[static_cast<size_t>(t * hidden + unit)], h, 2e-6) << t << " " << unit;
      }
    }
  });
}

}  // namespace
}  // namespace limbeck::distill::detail
