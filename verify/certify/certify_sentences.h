#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "nlp/core/output_directory.h"
#include "nlp/core/progress.h"
#include "verify/options/certify_options.h"

namespace limbeck::verify {

/// What a program tells a run about its surroundings; nothing in it changes a result.
struct CertifyContext {
  ExistingOutput existing = ExistingOutput::kRefuse;
  ProgressMode progress = ProgressMode::kNever;
  std::string command;      ///< what repeats the run, for the report
  std::string resume_line;  ///< what to run after an interruption
  /// Called when the output directory is locked and the inputs are read; empty = none.
  std::function<void(const std::filesystem::path&)> on_start;
};

/// How the items of a run came out.
struct CertifySummary {
  int64_t items = 0, certified = 0, falsified = 0, unknown = 0, timeouts = 0, errors = 0;
  int64_t certificates = 0;  ///< written
  bool has_radii = false;
  bool is_of_inputs = false;               ///< of a TorchScript network, in place of sentences
  double mean_radius = 0, min_radius = 0;  ///< of all words; radii only

  double certified_share() const {
    return items == 0 ? 0 : static_cast<double>(certified) / static_cast<double>(items);
  }
};

/// Decides synonym sets or searches radii for the sentences of a file; writes items.jsonl (one line
/// an item, in order), report.json and report.html. An item that fails is a line with state
/// "error". Throws: ConfigError, DataError, Interrupted (state saved; the same options with kResume
/// go on).
CertifySummary certify_sentences(const CertifyOptions& options, const CertifyContext& context);

/// Of a run that goes on, `recorded` in the run.json of its start: what decides its lines has to be
/// the same. Throws: ConfigError naming the option.
void require_same_options(const nlohmann::json& recorded, const CertifyOptions& options);

/// Joins the directories `options.merge` of finished shards: the items.jsonl of the run without
/// shards, and its report. Throws: DataError when they are not all shards of one run.
CertifySummary merge_shards(const CertifyOptions& options, const CertifyContext& context);

}  // namespace limbeck::verify
