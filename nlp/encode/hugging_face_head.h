#pragma once

#include <filesystem>
#include <optional>

#include "nlp/encode/bilstm_config.h"

namespace limbeck::nlp {

/// The head of a BertForSequenceClassification directory as transformers writes it: the pooler (a
/// linear map of the first token's state, then tanh) and `classifier.weight`. The result's labels
/// are those of id2label; one label alone is a regression; it is_foreign. Nothing when config.json
/// names no such architecture. Throws: DataError `dir/config.json: id2label: ...` for labels that
/// do not count from 0.
std::optional<HeadConfig> read_hugging_face_head(const std::filesystem::path& directory);

}  // namespace limbeck::nlp
