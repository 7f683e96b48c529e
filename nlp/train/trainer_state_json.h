#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "nlp/train/checkpoint.h"

namespace limbeck::nlp {

/// The state as JSON, numbers exact to the bit.
nlohmann::ordered_json trainer_state_to_json(const TrainerState& state);

/// Throws: DataError `where: not a trainer state: ...` when a key is absent or of the wrong kind.
TrainerState trainer_state_from_json(const nlohmann::json& json, const std::string& where);

}  // namespace limbeck::nlp
