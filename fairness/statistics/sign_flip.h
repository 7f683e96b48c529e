#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace limbeck::fairness {

/// How surprising the mean of paired differences is when each is as likely to have the other sign:
/// the share of all sign patterns whose mean is at least as large (one-sided: larger is worse).
///
/// Law:    under symmetric differences P(p <= x) <= x. Exact up to 16 differences, else from 9,999
///         random patterns and (1 + hits) / (1 + patterns); 1 for none.
/// Source: Fisher 1935, sec. 21.
double sign_flip_p_value(std::span<const double> differences, uint64_t seed);
/// The smallest that it can be for so many differences: 1/16 for four of them.
double least_sign_flip_p(int64_t differences);

/// A statistic of clusters, some of them flipped (what two sides have in it is exchanged); called
/// from several threads.
using FlippedStatistic = std::function<double(const std::vector<bool>& is_flipped)>;
/// The same for any statistic. Exact up to 10 clusters, else from 999 random patterns.
double sign_flip_p_value(size_t clusters, const FlippedStatistic& statistic, uint64_t seed);
/// The smallest that this one can be.
double least_exchange_p(int64_t clusters);

}  // namespace limbeck::fairness
