#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace limbeck::tools {

/// Whether a file begins as a zip archive does: TorchScript files are such.
bool is_zip_archive(const std::filesystem::path& file);

/// What a model directory, safetensors or GGUF file consists of. Lists of more than 8 values in the
/// metadata are given by their length and first values.
/// Throws: DataError as the readers of these formats.
nlohmann::ordered_json describe_model(const std::filesystem::path& model);

/// The same for a person to read.
std::string description_text(const nlohmann::ordered_json& json);

}  // namespace limbeck::tools
