#include <torch/script.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <cstdio>
#include <string>

/// Writes small TorchScript files for the tests of the command, which are not linked to LibTorch:
/// `torchscript_fixture FOLDER`.
namespace {

using torch::jit::Module;

at::Tensor weight(at::IntArrayRef sizes) { return torch::randn(sizes) * 0.7; }

Module convolutional() {
  Module module("convolutional");
  module.register_parameter("k", weight({3, 1, 3, 3}), false);
  module.register_parameter("w", weight({3, 12}), false);
  module.register_parameter("b", weight({3}), false);
  module.define(R"(
def forward(self, x):
    y = torch.relu(torch.conv2d(x, self.k, None, [1, 1], [1, 1]))
    y = torch.max_pool2d(y, [2, 2], [2, 2])
    assert y.dim() == 4, "expected four axes"
    return torch.matmul(torch.flatten(y, 1), self.w.t()) + self.b
)");
  return module;
}

Module recurrent() {
  Module module("recurrent");
  for (const char* name : {"w_ih", "w_ih_reverse"})
    module.register_parameter(name, weight({8, 3}), false);
  for (const char* name : {"w_hh", "w_hh_reverse"})
    module.register_parameter(name, weight({8, 2}), false);
  module.register_parameter("w", weight({2, 4}), false);
  module.define(R"(
def forward(self, x):
    h = torch.zeros([2, x.size(0), 2], dtype=x.dtype)
    y = torch.lstm(x, [h, h], [self.w_ih, self.w_hh, self.w_ih_reverse, self.w_hh_reverse], False, 1, 0.0, False, True, True)
    return torch.matmul(torch.mean(y[0], [1]), self.w.t())
)");
  return module;
}

Module unsupported() {
  Module module("unsupported");
  module.register_parameter("w", weight({2, 4}), false);
  module.define(R"(
def forward(self, x):
    y = torch.relu(torch.matmul(x, self.w.t()))
    return torch.lgamma(y + 1.0) + torch.sum(y, [0])
)");
  return module;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: torchscript_fixture FOLDER\n");
    return 2;
  }
  torch::manual_seed(60);
  const std::string folder = argv[1];
  convolutional().save(folder + "/convolutional.pt");
  recurrent().save(folder + "/recurrent.pt");
  unsupported().save(folder + "/unsupported.pt");
  return 0;
}
