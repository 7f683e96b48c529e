#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "verify/certify/item_run.h"
#include "verify/options/certify_options.h"

namespace limbeck::verify {

/// What decides the items of a run as these options say.
using MakeDecider = std::function<DecideItems(const CertifyOptions&)>;

/// Decides the same items by several methods and times each.
///
/// Law:     lines() are those of a decider of `options.method`; where there are other
///          methods, each has a key "compare" more: [{"method", "state", "radius" or
///          "margin_proved", "seconds"}], its own method first. Seconds are those of the chunk,
///          shared equally by its items; "radius" is the mean over words, or that of the input.
class MethodComparison {
 public:
  /// Throws: as `make` for an unknown method.
  MethodComparison(const CertifyOptions& options, const MakeDecider& make);

  /// Items `first` to `first + count - 1`. Throws: as the deciders.
  std::vector<nlohmann::ordered_json> lines(size_t first, size_t count) const;

 private:
  struct Entry {
    std::string method;
    DecideItems decide;
  };
  std::vector<Entry> entries_;
};

}  // namespace limbeck::verify
