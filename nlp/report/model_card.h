#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "nlp/report/measurement.h"

namespace limbeck::nlp {

/// One measured result, as the `model-index` of a model card holds it.
struct ModelCardMetric {
  std::string task_type;     ///< such as "sentence-similarity"
  std::string dataset_name;  ///< shown; such as "STS-B dev"
  std::string dataset_type;  ///< identifier; such as "glue-stsb"
  std::string metric_type;   ///< such as "spearmanr"
  std::string metric_name;   ///< shown
  Measurement value = 0.0;
};

/// A file or set that the model was made from.
struct ModelCardSource {
  std::string name;
  std::string sha256;
  std::string note;  ///< such as "160,000 sentences"
};

/// What stands in the README.md of a model directory.
struct ModelCard {
  std::string name;
  std::string description;
  std::string pipeline_tag = "sentence-similarity";
  std::vector<std::string> tags = {"sentence-embeddings", "distillation", "lstm"};
  std::string license = "unknown";  ///< of the weights; the teacher's and the data's terms bind too
  std::vector<std::string> languages;  ///< ISO 639-1 codes; may be empty
  std::vector<ModelCardSource> teachers;
  std::vector<ModelCardSource> data;
  std::vector<ModelCardMetric> metrics;
  std::vector<std::pair<std::string, std::string>> facts;  ///< such as {"parameters", "5,012,480"}
  nlohmann::ordered_json hyper_parameters = nlohmann::ordered_json::object();
  std::string hardware;
  std::vector<std::string> commands;
};

/// The card as Markdown with YAML front matter; every text is escaped for where it stands. Missing
/// metrics stay out of the model index and are named with their reason in the table.
std::string model_card_text(const ModelCard& card);

/// Name of the model card in a model directory.
inline constexpr const char* kModelCardFile = "README.md";

/// Writes the card atomically.
void write_model_card(const std::filesystem::path& directory, const ModelCard& card);

}  // namespace limbeck::nlp
