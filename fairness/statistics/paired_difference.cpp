#include "fairness/statistics/paired_difference.h"

#include "fairness/statistics/sign_flip.h"
#include "fairness/statistics/sorted_pool.h"
#include "nlp/core/errors.h"
#include "nlp/core/random_stream.h"

namespace limbeck::fairness {
namespace {

constexpr int64_t kIndividualDraws = 9999;
constexpr int64_t kGroupDraws = 999;
constexpr size_t kNullShuffles = 20;

using Labels = std::vector<std::vector<int32_t>>;

size_t template_count(const std::vector<PairedAudit>& pairs) {
  if (pairs.empty()) throw ConfigError("difference: expected at least one pair of audits");
  const std::vector<std::string>& templates = pairs.front().table->templates;
  for (const PairedAudit& pair : pairs)
    if (pair.table->templates != templates || pair.control_table->templates != templates)
      throw ConfigError("difference: expected audits of the same templates");
  return templates.size();
}

/// The templates of a model before those of its control, as one table.
ScoreTable joined(const PairedAudit& pair) {
  ScoreTable both = *pair.table;
  const ScoreTable& control = *pair.control_table;
  both.templates.insert(both.templates.end(), control.templates.begin(), control.templates.end());
  both.scores.insert(both.scores.end(), control.scores.begin(), control.scores.end());
  return both;
}

/// Group fairness of a model and its control when templates are drawn or exchanged.
class PairedGroups {
 public:
  PairedGroups(const PairedAudit& pair, uint64_t seed)
      : templates_(pair.table->scores.size()), order_(joined(pair)) {
    for (const SortedPool& pool : order_.pools()) observed_.push_back(pool.labels);
    shuffles_.assign(kNullShuffles, observed_);
    for (size_t k = 0; k < shuffles_.size(); ++k) {
      RandomStream random(seed, "paired-null/" + std::to_string(k));
      for (std::vector<int32_t>& labels : shuffles_[k])
        for (size_t i = labels.size(); i > 1; --i)
          std::swap(labels[i - 1], labels[static_cast<size_t>(random.below(i))]);
    }
    // The few shuffles are common to all draws; what they miss of the null means is added back.
    const std::vector<int64_t> once(templates_, 1), none(templates_, 0);
    missed_ = null_difference(beside(once, none), beside(none, once)) -
              (pair.evidence->group.null_mean - pair.control->group.null_mean);
  }

  /// Difference of the corrected distances, each template taken weights[m] times.
  double drawn(std::span<const int64_t> weights) const {
    const std::vector<int64_t> none(templates_, 0);
    return corrected(beside(weights, none), beside(none, weights)) + missed_;
  }

  /// Difference of the corrected distances after some templates were exchanged.
  double exchanged(const std::vector<bool>& is_exchanged) const {
    std::vector<int64_t> kept, gone;
    for (const bool one : is_exchanged) {
      kept.push_back(one ? 0 : 1);
      gone.push_back(one ? 1 : 0);
    }
    return corrected(beside(kept, gone), beside(gone, kept));
  }

 private:
  /// Weights of the model's templates, then of the control's.
  static std::vector<int64_t> beside(std::span<const int64_t> model,
                                     std::span<const int64_t> control) {
    std::vector<int64_t> weights(model.begin(), model.end());
    weights.insert(weights.end(), control.begin(), control.end());
    return weights;
  }

  double difference(const Labels& labels, std::span<const int64_t> first,
                    std::span<const int64_t> second) const {
    return order_.group_fairness(labels, first) - order_.group_fairness(labels, second);
  }

  double null_difference(std::span<const int64_t> first, std::span<const int64_t> second) const {
    double sum = 0;
    for (const Labels& labels : shuffles_) sum += difference(labels, first, second);
    return sum / static_cast<double>(shuffles_.size());
  }

  double corrected(std::span<const int64_t> first, std::span<const int64_t> second) const {
    return difference(observed_, first, second) - null_difference(first, second);
  }

  size_t templates_;
  PooledOrder order_;
  Labels observed_;
  std::vector<Labels> shuffles_;
  double missed_ = 0;
};

/// The mean of `value(groups)`.
template <class Value>
double mean_of_pairs(const std::vector<PairedGroups>& pairs, Value value) {
  double sum = 0;
  for (const PairedGroups& pair : pairs) sum += value(pair);
  return sum / static_cast<double>(pairs.size());
}

}  // namespace

PairedDifference individual_difference(const std::vector<PairedAudit>& pairs,
                                       const PermutationOptions& options) {
  std::vector<double> differences(template_count(pairs), 0.0), gains;
  PairedDifference result;
  for (const PairedAudit& pair : pairs)
    for (size_t m = 0; m < differences.size(); ++m)
      differences[m] += (pair.evidence->individual.template_corrected[m] -
                         pair.control->individual.template_corrected[m]) /
                        static_cast<double>(pairs.size());
  for (const double one : differences) {
    result.difference += one / static_cast<double>(differences.size());
    gains.push_back(-one);
  }
  result.interval =
      template_interval(differences, {kIndividualDraws, 1 - options.alpha, options.seed});
  result.p_value = sign_flip_p_value(gains, options.seed);
  return result;
}

PairedDifference group_difference(const std::vector<PairedAudit>& pairs,
                                  const PermutationOptions& options) {
  const size_t templates = template_count(pairs);
  std::vector<PairedGroups> groups;
  for (const PairedAudit& pair : pairs) groups.emplace_back(pair, options.seed);
  const auto corrected = [&](std::span<const int64_t> weights) {
    return mean_of_pairs(groups, [&](const PairedGroups& one) { return one.drawn(weights); });
  };
  PairedDifference result;
  result.difference = corrected(std::vector<int64_t>(templates, 1));
  const double confidence = 1 - options.alpha;
  result.interval = can_bound(static_cast<int64_t>(templates), confidence)
                        ? cluster_interval(static_cast<int64_t>(templates), corrected,
                                           {kGroupDraws, confidence, options.seed})
                        : kUnknownInterval;
  result.p_value = sign_flip_p_value(
      templates,
      [&](const std::vector<bool>& is_exchanged) {
        return -mean_of_pairs(groups,
                              [&](const PairedGroups& one) { return one.exchanged(is_exchanged); });
      },
      options.seed);
  return result;
}

}  // namespace limbeck::fairness
