#pragma once

#include <string>

namespace limbeck::nlp {

/// Which update rule, and its constants.
struct OptimizerOptions {
  std::string optimizer = "adamw";  ///< a name of optimizer_table()
  double beta1 = 0.9;               ///< adamw: decay of the mean gradient; [0, 1)
  double beta2 = 0.999;             ///< adamw: decay of the mean squared gradient; [0, 1)
  double epsilon = 1e-8;            ///< adamw, adadelta: added to the root; > 0
  double weight_decay = 0.0;        ///< share of the weight removed a step, times the rate; >= 0
  double momentum = 0.9;            ///< sgd: decay of the velocity; [0, 1); 0 = plain
  double rho = 0.9;                 ///< adadelta: decay of both averages; [0, 1)
  double ema_decay = 0.0;  ///< of the moving average of the weights, which is evaluated and kept;
                           ///< [0, 1), 0 = none

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("optimizer", self.optimizer, "update rule: adamw, sgd or adadelta");
    visit("beta1", self.beta1, "adamw: decay of the mean gradient");
    visit("beta2", self.beta2, "adamw: decay of the mean squared gradient");
    visit("epsilon", self.epsilon, "adamw, adadelta: added to the root");
    visit("weight_decay", self.weight_decay, "decoupled weight decay, times the learning rate");
    visit("momentum", self.momentum, "sgd: decay of the velocity; 0 = none");
    visit("rho", self.rho, "adadelta: decay of both averages");
    visit("ema_decay", self.ema_decay,
          "decay of the moving average of the weights, which is evaluated and kept; 0 = none");
  }
  /// Throws: ConfigError naming the field, the range and the value.
  void validate() const;
};

}  // namespace limbeck::nlp
