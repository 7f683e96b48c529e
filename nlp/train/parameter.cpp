#include "nlp/train/parameter.h"

#include <map>
#include <set>

#include "nlp/core/errors.h"

namespace limbeck::nlp {

void validate_parameters(const std::vector<Parameter>& parameters) {
  std::set<std::string> names;
  std::map<const void*, std::string> owners;
  for (const Parameter& parameter : parameters) {
    const std::string where = "parameter '" + parameter.name + "': ";
    if (parameter.name.empty() || !names.insert(parameter.name).second)
      throw ConfigError(where + "expected a name that is not empty and not used twice");
    if (!(parameter.lr_multiplier >= 0))
      throw ConfigError(where + "expected lr_multiplier >= 0, got " +
                        std::to_string(parameter.lr_multiplier));
    const at::Tensor& tensor = parameter.tensor;
    if (!tensor.defined() || tensor.scalar_type() != at::kFloat || !tensor.is_contiguous() ||
        !tensor.device().is_cpu())
      throw UnsupportedError(where + "expected a contiguous float32 tensor on the CPU");
    if (tensor.numel() == 0) continue;
    const auto [owner, is_new] = owners.emplace(tensor.const_data_ptr(), parameter.name);
    if (!is_new)
      throw ConfigError(where + "shares its tensor with '" + owner->second + "' (list it once)");
  }
}

void clear_gradients(const std::vector<Parameter>& parameters) {
  for (const Parameter& parameter : parameters) parameter.tensor.mutable_grad() = at::Tensor();
}

}  // namespace limbeck::nlp
