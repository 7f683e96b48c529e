#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <vector>

#include "verify/certify/certify_sentences.h"

namespace limbeck::verify {

/// Decides items `first` to `first + count - 1` of a run: one line each.
using DecideItems = std::function<std::vector<nlohmann::ordered_json>(size_t first, size_t count)>;

/// One run of a command: items in order, their lines in items.jsonl as they come, reports at the
/// end.
struct ItemRun {
  size_t items = 0;
  size_t chunk = 1;  ///< items decided between two writes; >= 1
  DecideItems decide;
};

/// Makes the output directory, decides what an earlier run has not, writes report.json and
/// report.html. Chunks begin at the same items however often a run was interrupted: what is bounded
/// together, so what is written, is the same.
/// Throws: DataError, Interrupted (state saved).
CertifySummary run_items(const ItemRun& run, const CertifyOptions& options,
                         const CertifyContext& context);

/// The places in the data of what a run decides, by --shard and --limit.
std::vector<int64_t> chosen_items(int64_t count, const CertifyOptions& options);

}  // namespace limbeck::verify
