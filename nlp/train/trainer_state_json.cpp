#include "nlp/train/trainer_state_json.h"

#include "nlp/core/errors.h"

namespace limbeck::nlp {
namespace {

constexpr int kSchemaVersion = 1;

/// The one list of the plain fields, for both directions.
template <class State, class Visit>
void visit_fields(State& state, Visit&& visit) {
  visit("step", state.step);
  visit("epoch", state.epoch);
  visit("batch", state.batch);
  visit("best_step", state.best_step);
  visit("best_value", state.best_value);
  visit("evaluations_without_gain", state.evaluations_without_gain);
  visit("is_finished", state.is_finished);
  visit("metrics_position", state.metrics_position);
  visit("torch_threads", state.torch_threads);
}

}  // namespace

nlohmann::ordered_json trainer_state_to_json(const TrainerState& state) {
  nlohmann::ordered_json json;
  json["schema_version"] = kSchemaVersion;
  visit_fields(state, [&](const char* name, const auto& value) { json[name] = value; });
  json["awaits_evaluation"] = state.awaits_evaluation;
  json["pending"] = nlohmann::ordered_json::object();
  for (const auto& [name, mean] : state.pending) json["pending"][name] = {mean.sum, mean.weight};
  return json;
}

TrainerState trainer_state_from_json(const nlohmann::json& json, const std::string& where) {
  TrainerState state;
  try {
    if (json.at("schema_version") != kSchemaVersion)
      throw DataError(where + ": expected schema_version " + std::to_string(kSchemaVersion) +
                      ", got " + json.at("schema_version").dump());
    visit_fields(state, [&](const char* name, auto& value) { json.at(name).get_to(value); });
    // Older checkpoints lack it.
    state.awaits_evaluation = json.value("awaits_evaluation", false);
    for (const auto& [name, mean] : json.at("pending").items())
      state.pending[name] = {mean.at(0).get<double>(), mean.at(1).get<double>()};
  } catch (const nlohmann::json::exception& error) {
    throw DataError(where + ": not a trainer state: " + error.what());
  }
  return state;
}

}  // namespace limbeck::nlp
