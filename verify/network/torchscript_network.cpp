#include "verify/network/torchscript_network.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "nlp/core/errors.h"
#include "nlp/core/random_stream.h"
#include "verify/pass/bound.h"

namespace limbeck::verify {
namespace {

/// The sample, and points at distances from 0 that networks meet.
std::vector<at::Tensor> trial_points(const at::Tensor& sample) {
  std::vector<at::Tensor> points = {sample};
  RandomStream stream(0, "trial points");
  for (const double deviation : {0.3, 1.0, 3.0}) {
    at::Tensor point = at::empty(sample.sizes(), at::kDouble);
    double* values = point.data_ptr<double>();
    for (int64_t i = 0; i < point.numel(); ++i) values[i] = deviation * stream.normal();
    points.push_back(point.to(sample.scalar_type()));
  }
  return points;
}

}  // namespace

TorchScriptNetwork load_torchscript(const std::string& file, const at::Tensor& sample) {
  const at::NoGradGuard no_gradient;
  TorchScriptNetwork network = import_torchscript(file, sample);
  for (const at::Tensor& point : trial_points(sample))
    if (!agree(evaluate(network.graph, point), network.forward(point)))
      throw UnsupportedError(
          file + ": the graph read from it does not give what its forward gives at a trial input");
  return network;
}

bool agree(const at::Tensor& a, const at::Tensor& b) {
  if (a.sizes() != b.sizes()) return false;
  const double share = a.scalar_type() == at::kFloat ? 1e-3 : 1e-6;
  const double size = b.numel() == 0 ? 0 : b.nan_to_num(0, 0, 0).abs().max().item<double>();
  const double most = share * std::max(1.0, size);
  return at::isclose(a, b.to(a.scalar_type()), /*rtol=*/0, most, /*equal_nan=*/true)
      .all()
      .item<bool>();
}

}  // namespace limbeck::verify
