#pragma once

#include <memory>
#include <vector>

#include "nlp/train/optimizer/optimizer.h"

/// The makers that optimizer_table() lists.
namespace limbeck::nlp::detail {

/// Adam with decoupled weight decay and bias correction; Adam itself with weight_decay 0.
/// Source: Loshchilov, Hutter 2019, "Decoupled weight decay regularization", algorithm 2.
std::unique_ptr<Optimizer> make_adamw(const OptimizerOptions&, std::vector<Parameter>);

/// v <- momentum v + g ; w <- w - rate (v + decay w). Decay is decoupled, as in adamw.
/// Source: Loshchilov, Hutter 2019, algorithm 1 (SGDW), velocity without the rate as
/// torch::optim::SGD has it.
std::unique_ptr<Optimizer> make_sgd(const OptimizerOptions&, std::vector<Parameter>);

/// Source: Zeiler 2012, "ADADELTA: an adaptive learning rate method", algorithm 1; times the
/// learning rate (1 = paper).
std::unique_ptr<Optimizer> make_adadelta(const OptimizerOptions&, std::vector<Parameter>);

}  // namespace limbeck::nlp::detail
