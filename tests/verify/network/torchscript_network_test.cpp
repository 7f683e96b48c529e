#include "verify/network/torchscript_network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/script.h>
#include <torch/types.h>

#include <limits>

#include "nlp/core/errors.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"
#include "verify/pass/bound.h"

namespace limbeck::verify {
namespace {

using testing::HasSubstr;

/// The network of a TorchScript file with these lines of forward(self, x), x (1, 4).
TorchScriptNetwork loaded(const std::string& body) {
  const test::TemporaryDirectory directory;
  torch::jit::Module module("m");
  module.register_parameter("w", torch::full({1, 4}, 0.5, at::kDouble), /*is_buffer=*/false);
  std::string lines;
  for (size_t start = 0; start < body.size();) {
    const size_t end = std::min(body.find('\n', start), body.size());
    lines += "    " + body.substr(start, end - start) + "\n";
    start = end + 1;
  }
  module.define("def forward(self, x):\n" + lines);
  const std::string file = (directory / "net.pt").string();
  module.save(file);
  return load_torchscript(file, torch::zeros({1, 4}, at::kDouble));
}

void expect_same(const std::string& body) {
  const TorchScriptNetwork network = loaded(body);
  torch::manual_seed(1);
  for (int i = 0; i < 20; ++i) {
    const at::Tensor x = torch::randn({1, 4}, at::kDouble) * 2;
    EXPECT_LT((evaluate(network.graph, x) - network.forward(x)).abs().max().item<double>(), 1e-12)
        << body;
  }
}

std::string refusal(const std::string& body) {
  return test::error_message<UnsupportedError>([&] { loaded(body); });
}

// What torch.nn.ReLU(inplace=True) and += in a forward become: every name of the tensor sees it.
TEST(TorchScriptNetwork, AnOperationThatWritesInPlaceIsSeenThroughEveryName) {
  expect_same("h = x * 1.0\nh.mul_(-1.0)\nreturn h");
  expect_same("h = x * 2.0\nkept = h\ny = torch.relu_(h)\nreturn y + kept * 0.25");
  expect_same("h = x * 2.0\nsame = h.view([1, 4])\nh.add_(1.0)\nreturn same");
  expect_same("h = x - 1.0\nh += x\nh -= 0.5\nh *= x\nh /= 2.0\nreturn h");
  expect_same("x.relu_()\nreturn x * 2.0");
  expect_same("y = x * 1.0\ntorch.mul(x, x, out=y)\nreturn y + x");
  expect_same("parts = [x * 2.0, x * 3.0]\nparts[0].relu_()\nreturn torch.cat(parts, 1)");
}

TEST(TorchScriptNetwork, AConstantKeepsTheValueItHadWhereItWasUsed) {
  expect_same("c = torch.ones([1, 4], dtype=7)\ny = x + c\nc.mul_(2.0)\nreturn y * c");
  expect_same("c = torch.zeros([1, 4], dtype=7)\nc.add_(x)\nreturn c + x");
  // A module that changes itself gives another answer the second time.
  EXPECT_THAT(refusal("self.w.mul_(3.0)\nreturn x * self.w"), HasSubstr("prim::GetAttr"));
}

TEST(TorchScriptNetwork, AnotherViewOfWhatWasWrittenToIsRefused) {
  const std::string why = "wrote to a part of its memory; expected no view of it to be used after";
  EXPECT_THAT(refusal("h = x * 1.0\nv = h.unsqueeze(1)\nh.relu_()\nreturn v.squeeze(1)"),
              HasSubstr(why));
  EXPECT_THAT(refusal("h = x * 1.0\nh.select(1, 0).mul_(-1.0)\nreturn h"), HasSubstr(why));
  EXPECT_THAT(refusal("c = torch.zeros([1, 4], dtype=7)\n"
                      "c.narrow(1, 0, 2).add_(x.narrow(1, 0, 2))\nreturn c + x"),
              HasSubstr(why));
}

// A shape is changed for one name of the memory, not for the others.
TEST(TorchScriptNetwork, AWriteToTheShapeIsRefused) {
  const std::string why = "expected a write to the elements of a tensor, not its shape";
  EXPECT_THAT(refusal("c = torch.ones([4, 4], dtype=7)\nd = c.detach()\nc.t_()\n"
                      "return torch.matmul(x, d)"),
              HasSubstr(why));
  EXPECT_THAT(refusal("h = x * 1.0\nh.unsqueeze_(1)\nreturn h.squeeze(1)"), HasSubstr(why));
}

// Each of these is another function than the one of its name alone.
TEST(TorchScriptNetwork, ArgumentsThatMakeAnotherFunctionAreRefused) {
  EXPECT_THAT(refusal("return x.to(4) + x"), HasSubstr("expected float32 or float64, got"));
  EXPECT_THAT(refusal("return x.to(15).to(7)"),
              HasSubstr("expected float32 or float64, got BFloat16"));
  EXPECT_THAT(refusal("return torch.sum(x, [1], True, dtype=4) + x"),
              HasSubstr("expected float32 or float64, got"));
  EXPECT_THAT(refusal("return torch.div(x, 2.0, rounding_mode='floor')"),
              HasSubstr("expected a division without a rounding mode"));
  EXPECT_THAT(refusal("return torch.softplus(x, 1.0, 1.0)"),
              HasSubstr("expected a threshold of 20 or more"));
}

TEST(TorchScriptNetwork, IndicesThatDependOnTheInputAreRefused) {
  EXPECT_THAT(refusal("return torch.gather(x, 1, x.narrow(1, 0, 1).to(4))"), HasSubstr("expected"));
  EXPECT_THAT(refusal("return torch.gather(x, 1, torch.argmax(x, 1, True))"), HasSubstr("argmax"));
  EXPECT_THAT(refusal("return x.index([None, torch.argmax(x, 1)])"), HasSubstr("argmax"));
}

TEST(TorchScriptNetwork, AChoiceByAConstantMask) {
  const std::string mask = "m = torch.tensor([[True, False, True, False]])\n";
  expect_same(mask + "return torch.where(m, x * 2.0, x * 3.0)");
  expect_same(mask + "return torch.where(m, x, torch.ones([1, 4], dtype=7))");
  expect_same(mask + "return x.masked_fill(m, -7.0)");
  expect_same(mask + "h = x * 1.0\nh.masked_fill_(m, 2.0)\nreturn h");
  EXPECT_THAT(refusal(mask + "return x.masked_fill(m, float('-inf'))"),
              HasSubstr("expected finite constants"));
  EXPECT_THAT(refusal("return torch.where(x > 0, x, x * 2.0)"), HasSubstr("decision"));
}

// The law that the graph is the file's function holds for whatever was misread as well.
TEST(TorchScriptNetwork, TellsOutputsApart) {
  const at::Tensor y = torch::tensor({{1.0, -2.0, 3e5}}, at::kDouble);
  EXPECT_TRUE(agree(y, y * (1 + 1e-12)));
  EXPECT_FALSE(agree(y, y * (1 + 1e-5)));
  EXPECT_FALSE(agree(y, y.unsqueeze(0)));
  at::Tensor hole = y.clone();
  hole[0][0] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(agree(y, hole));
  EXPECT_TRUE(agree(hole, hole.clone()));
}

TEST(TorchScriptNetwork, WeightsThatAreNotFiniteAreNamed) {
  const test::TemporaryDirectory directory;
  torch::jit::Module module("m");
  at::Tensor w = torch::ones({4}, at::kDouble);
  w[2] = std::numeric_limits<double>::infinity();
  module.register_parameter("w", w, /*is_buffer=*/false);
  module.define("def forward(self, x):\n    return x * self.w\n");
  const std::string file = (directory / "net.pt").string();
  module.save(file);
  EXPECT_EQ(test::error_message<DataError>([&] {
              load_torchscript(file, torch::zeros({1, 4}, at::kDouble));
            }),
            file + ": tensor 'w': expected finite values, got NaN or infinity");
}

// The average of a whole picture has a matrix of one row; that of its unit vectors has 2^32
// elements.
TEST(TorchScriptNetwork, AveragesOfLargePictures) {
  const test::TemporaryDirectory directory;
  torch::jit::Module module("m");
  module.define(
      "def forward(self, x):\n"
      "    return torch.flatten(torch.adaptive_avg_pool2d(x, [1, 2]), 1)\n");
  const std::string file = (directory / "net.pt").string();
  module.save(file);
  const TorchScriptNetwork network = load_torchscript(file, torch::zeros({1, 1, 256, 256}));
  const at::Tensor x = torch::randn({1, 1, 256, 256});
  EXPECT_TRUE(agree(evaluate(network.graph, x), network.forward(x)));
}

}  // namespace
}  // namespace limbeck::verify
