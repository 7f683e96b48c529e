#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace limbeck::nlp {

/// The `count` candidates with the smallest edit distance to `name`, nearest first; ties in the
/// order given.
///
/// Source: Levenshtein 1966 (insertions, deletions, substitutions cost 1 each). Names are cut at
/// 256 bytes.
std::vector<std::string> nearest_names(std::string_view name,
                                       const std::vector<std::string>& candidates, size_t count);

}  // namespace limbeck::nlp
