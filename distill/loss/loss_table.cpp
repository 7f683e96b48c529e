#include "distill/loss/loss_table.h"

#include "distill/loss/cosine.h"
#include "distill/loss/huber.h"
#include "distill/loss/mse.h"
#include "nlp/core/errors.h"

namespace limbeck::distill {
namespace {

constexpr RepresentationLoss kLosses[] = {
    {"cosine", cosine_loss, false},
    {"mse", mse_loss, true},
    {"huber", huber_loss, true},
};

}  // namespace

std::span<const RepresentationLoss> loss_table() { return kLosses; }

const RepresentationLoss& find_loss(const std::string& name) {
  std::string known;
  for (const RepresentationLoss& loss : kLosses) {
    if (name == loss.name) return loss;
    known += (known.empty() ? "" : ", ") + std::string(loss.name);
  }
  throw ConfigError("--loss: expected one of " + known + ", got '" + name + "'");
}

}  // namespace limbeck::distill
