#include "verify/certify/item_run.h"

#include <algorithm>
#include <filesystem>

#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"
#include "nlp/core/interrupt.h"
#include "nlp/core/json_file.h"
#include "nlp/report/append_file.h"
#include "verify/certify/certify_report.h"

namespace limbeck::verify {
namespace {

namespace fs = std::filesystem;

constexpr const char* kItems = "items.jsonl";

/// Whole lines that an earlier run has written; a cut last line is left out.
std::vector<nlohmann::json> read_lines(const fs::path& file, uint64_t& kept_bytes) {
  std::vector<nlohmann::json> lines;
  kept_bytes = 0;
  if (!fs::exists(file)) return lines;
  const std::string text = read_file(file);
  for (size_t start = 0, end; (end = text.find('\n', start)) != std::string::npos;
       start = end + 1) {
    lines.push_back(parse_json(std::string_view(text).substr(start, end - start), file.string()));
    kept_bytes = end + 1;
  }
  return lines;
}

[[noreturn]] void interrupted(const CertifyContext& context, int signal) {
  throw Interrupted("interrupted, the state is saved; continue with: " + context.resume_line,
                    signal);
}

/// Appends to `lines` and to the file what they lack, chunk by chunk.
void decide_rest(const ItemRun& run, const CertifyContext& context, nlp::AppendFile& file,
                 std::vector<nlohmann::json>& lines) {
  Progress progress("certify", static_cast<int64_t>(run.items), context.progress);
  while (lines.size() < run.items) {
    if (interrupt_signal() != 0) interrupted(context, interrupt_signal());
    const size_t start = lines.size() / run.chunk * run.chunk, known = lines.size() - start;
    std::vector<nlohmann::ordered_json> decided;
    try {
      decided = run.decide(start, std::min(run.chunk, run.items - start));
    } catch (const Interrupted& stop) {
      interrupted(context, stop.signal());
    }
    for (size_t i = known; i < decided.size(); ++i) {
      file.write(decided[i].dump() + "\n");
      lines.push_back(decided[i]);
    }
    file.sync();
    progress.update(static_cast<int64_t>(lines.size()));
  }
  progress.finish();
}

}  // namespace

CertifySummary run_items(const ItemRun& run, const CertifyOptions& options,
                         const CertifyContext& context) {
  OutputDirectory output(options.output, context.existing);
  if (context.on_start) context.on_start(output.path());
  uint64_t kept_bytes = 0;
  std::vector<nlohmann::json> lines = read_lines(output.path() / kItems, kept_bytes);
  if (lines.size() > run.items)
    throw DataError((output.path() / kItems).string() + ": expected at most " +
                    std::to_string(run.items) + " lines, got " + std::to_string(lines.size()) +
                    " (other options than those of the first run?)");
  nlp::AppendFile file(output.path() / kItems, kept_bytes);
  decide_rest(run, context, file, lines);
  write_certify_report(output.path(), options, lines, context.command);
  return summarize(lines);
}

std::vector<int64_t> chosen_items(int64_t count, const CertifyOptions& options) {
  const Shard shard = parse_shard(options.shard);
  if (options.limit > 0) count = std::min(count, options.limit);
  std::vector<int64_t> chosen;
  for (int64_t index = shard.index; index < count; index += shard.count) chosen.push_back(index);
  return chosen;
}

}  // namespace limbeck::verify
