#include <gtest/gtest.h>
#include <torch/nn/functional/normalization.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "distill/loss/loss_table.h"
#include "nlp/core/errors.h"
#include "tests/support/error_message.h"

namespace limbeck::distill {
namespace {

double value(const char* name, const at::Tensor& student, const at::Tensor& target) {
  return find_loss(name).value(student, target).item<double>();
}

at::Tensor rows(std::initializer_list<double> values, int64_t width) {
  return torch::tensor(std::vector<double>(values), at::kDouble).view({-1, width});
}

TEST(CosineLoss, IsHalfTheCosineDistance) {
  // cos(60 degrees) = 1/2: 1/2 (1 - 1/2) = 1/4; same, right-angled and opposite: 0, 1/2, 1.
  const at::Tensor target = rows({1, 0}, 2);
  EXPECT_NEAR(value("cosine", rows({0.5, std::sqrt(0.75)}, 2), target), 0.25, 1e-12);
  EXPECT_NEAR(value("cosine", rows({7, 0}, 2), target), 0.0, 1e-12);
  EXPECT_NEAR(value("cosine", rows({0, 3}, 2), target), 0.5, 1e-12);
  EXPECT_NEAR(value("cosine", rows({-2, 0}, 2), target), 1.0, 1e-12);
  EXPECT_NEAR(value("cosine", rows({7, 0, -2, 0}, 2), rows({1, 0, 1, 0}, 2)), 0.5, 1e-12);
}

TEST(CosineLoss, AZeroRowIsHalfAwayAndHasNoGradient) {
  const at::Tensor student = rows({0, 0, 1, 1}, 2).requires_grad_();
  const at::Tensor loss = find_loss("cosine").value(student, rows({1, 0, 1, 1}, 2));
  loss.backward();
  EXPECT_NEAR(loss.item<double>(), 0.25, 1e-12);  // mean of 1/2 and 0
  EXPECT_TRUE(torch::isfinite(student.grad()).all().item<bool>());
  EXPECT_EQ(student.grad()[0].abs().max().item<double>(), 0.0) << student.grad();
}

TEST(CosineLoss, OfAZeroTargetIsHalf) {
  EXPECT_NEAR(value("cosine", rows({1, 2}, 2), rows({0, 0}, 2)), 0.5, 1e-12);
}

TEST(MseLoss, IsTheSquaredDistanceOfARow) {
  // (1-0)^2 + (2-0)^2 = 5 and (3-3)^2 + (1-4)^2 = 9: mean 7.
  EXPECT_NEAR(value("mse", rows({1, 2, 3, 1}, 2), rows({0, 0, 3, 4}, 2)), 7.0, 1e-12);
}

TEST(MseLoss, IsFourTimesTheCosineLossOnUnitVectors) {
  torch::manual_seed(1);
  const at::Tensor s = torch::nn::functional::normalize(torch::randn({50, 8}, at::kDouble));
  const at::Tensor t = torch::nn::functional::normalize(torch::randn({50, 8}, at::kDouble));
  EXPECT_NEAR(value("mse", s, t), 4 * value("cosine", s, t), 1e-12);
}

TEST(HuberLoss, IsQuadraticWithinOneUnitAndLinearBeyond) {
  // D = 4: unit 1/2. Errors 1/4 and 1: 2 (1/2 (1/4)^2 + 1/2 (1 - 1/4)) = 1/16 + 3/4.
  EXPECT_NEAR(value("huber", rows({0.25, 1, 0, 0}, 4), rows({0, 0, 0, 0}, 4)), 0.8125, 1e-12);
}

TEST(HuberLoss, IsTheMseNearTheTarget) {
  torch::manual_seed(2);
  const at::Tensor t = torch::randn({20, 9}, at::kDouble);
  const at::Tensor s = t + 0.3 * (torch::rand({20, 9}, at::kDouble) - 0.5);
  EXPECT_NEAR(value("huber", s, t), value("mse", s, t), 1e-12);
}

class EveryLoss : public testing::TestWithParam<const char*> {};

TEST_P(EveryLoss, IsZeroAtTheTargetAndNeverNegative) {
  torch::manual_seed(3);
  for (int i = 0; i < 50; ++i) {
    const at::Tensor t = torch::randn({5, 7}, at::kDouble);
    const at::Tensor s = torch::randn({5, 7}, at::kDouble) * std::pow(10.0, i % 5 - 2);
    EXPECT_NEAR(value(GetParam(), t, t), 0.0, 1e-12);
    EXPECT_GE(value(GetParam(), s, t), 0.0);
    if (std::string(GetParam()) == "cosine") EXPECT_LE(value(GetParam(), s, t), 1.0);
  }
}

TEST_P(EveryLoss, SeesTheLengthOfAVectorAsItsRowSays) {
  torch::manual_seed(4);
  const at::Tensor t = torch::randn({5, 7}, at::kDouble), s = torch::randn({5, 7}, at::kDouble);
  const double difference = std::abs(value(GetParam(), 3 * s, t) - value(GetParam(), s, t));
  EXPECT_EQ(difference > 1e-9, find_loss(GetParam()).sees_length);
}

TEST_P(EveryLoss, IsTheMeanOverRows) {
  torch::manual_seed(5);
  const at::Tensor t = torch::randn({6, 7}, at::kDouble), s = torch::randn({6, 7}, at::kDouble);
  double sum = 0;
  for (int64_t i = 0; i < 6; ++i) sum += value(GetParam(), s.narrow(0, i, 1), t.narrow(0, i, 1));
  EXPECT_NEAR(value(GetParam(), s, t), sum / 6, 1e-12);
}

TEST_P(EveryLoss, HasTheGradientOfItsDifferences) {
  torch::manual_seed(6);
  const auto loss = find_loss(GetParam()).value;
  const at::Tensor target = torch::randn({4, 6}, at::kDouble);
  const at::Tensor student = torch::randn({4, 6}, at::kDouble).requires_grad_();
  loss(student, target).backward();
  constexpr double kStep = 1e-6;
  const torch::NoGradGuard no_gradient;
  for (int64_t i = 0; i < student.numel(); ++i) {
    at::Tensor up = student.detach().clone(), down = student.detach().clone();
    up.view(-1)[i] += kStep;
    down.view(-1)[i] -= kStep;
    const double slope =
        (loss(up, target).item<double>() - loss(down, target).item<double>()) / (2 * kStep);
    // Error of the difference: step^2 times the third derivative, and 1e-16 / step of rounding.
    EXPECT_NEAR(student.grad().view(-1)[i].item<double>(), slope, 1e-8) << "coordinate " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Table, EveryLoss, testing::Values("cosine", "mse", "huber"),
                         [](const auto& info) { return std::string(info.param); });

TEST(LossTable, IsAllThatTheTestsCover) { EXPECT_EQ(loss_table().size(), 3u); }

TEST(LossTable, NamesWhatItKnows) {
  EXPECT_EQ(test::error_message<ConfigError>([] { find_loss("l1"); }),
            "--loss: expected one of cosine, mse, huber, got 'l1'");
}

}  // namespace
}  // namespace limbeck::distill
