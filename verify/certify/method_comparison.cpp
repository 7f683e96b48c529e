#include "verify/certify/method_comparison.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace limbeck::verify {
namespace {

using Clock = std::chrono::steady_clock;

double mean_radius(const nlohmann::ordered_json& words) {
  double sum = 0;
  for (const nlohmann::ordered_json& word : words) sum += word["radius"].get<double>();
  return words.empty() ? 0 : sum / static_cast<double>(words.size());
}

/// Microseconds are more than a clock is good for.
double in_microseconds(double seconds) { return std::round(seconds * 1e6) / 1e6; }

nlohmann::ordered_json entry_of(const std::string& method, const nlohmann::ordered_json& line,
                                double seconds) {
  nlohmann::ordered_json entry{{"method", method}, {"state", line["state"]}};
  if (line.contains("radius")) entry["radius"] = line["radius"];
  if (line.contains("words")) entry["radius"] = mean_radius(line["words"]);
  if (line.contains("margin_proved")) entry["margin_proved"] = line["margin_proved"];
  entry["seconds"] = in_microseconds(seconds);
  return entry;
}

}  // namespace

MethodComparison::MethodComparison(const CertifyOptions& options, const MakeDecider& make) {
  std::vector<std::string> methods = {options.method};
  for (const std::string& method : options.compare)
    if (std::ranges::find(methods, method) == methods.end()) methods.push_back(method);
  for (const std::string& method : methods) {
    CertifyOptions own = options;
    own.method = method;
    own.explain = options.explain && entries_.empty();
    own.certificate = options.certificate && entries_.empty();
    entries_.push_back({method, make(own)});
  }
}

std::vector<nlohmann::ordered_json> MethodComparison::lines(size_t first, size_t count) const {
  if (entries_.size() == 1) return entries_[0].decide(first, count);
  std::vector<nlohmann::ordered_json> all;
  std::vector<nlohmann::ordered_json> compared(count, nlohmann::ordered_json::array());
  for (const Entry& entry : entries_) {
    const Clock::time_point start = Clock::now();
    std::vector<nlohmann::ordered_json> lines = entry.decide(first, count);
    const std::chrono::duration<double> passed = Clock::now() - start;
    for (size_t i = 0; i < count; ++i)
      compared[i].push_back(
          entry_of(entry.method, lines[i], passed.count() / static_cast<double>(count)));
    if (all.empty()) all = std::move(lines);
  }
  for (size_t i = 0; i < count; ++i) all[i]["compare"] = std::move(compared[i]);
  return all;
}

}  // namespace limbeck::verify
