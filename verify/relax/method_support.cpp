#include "verify/relax/method_support.h"

#include <algorithm>

#include "verify/relax/operation.h"

namespace limbeck::verify {
namespace {

MethodSupport of_rule(const AffineRule&) { return {}; }

MethodSupport of_rule(const ScalarRule& rule) {
  const bool has_lines = rule.lines != nullptr;
  return {rule.interval != nullptr, has_lines, has_lines, rule.shifted != nullptr};
}

MethodSupport of_rule(const JointRule& rule) {
  return {rule.interval != nullptr, rule.forward != nullptr, rule.backward != nullptr,
          rule.shifted != nullptr};
}

}  // namespace

MethodSupport method_support(const std::set<std::string>& operations) {
  MethodSupport all;
  for (const std::string& name : operations) {
    const auto row = std::ranges::find(operation_table(), name, &Operation::name);
    if (row == operation_table().end()) return {false, false, false, false};
    const MethodSupport one = std::visit([](const auto& rule) { return of_rule(rule); }, row->rule);
    all.interval = all.interval && one.interval;
    all.forward = all.forward && one.forward;
    all.backward = all.backward && one.backward;
    all.optimized = all.optimized && one.optimized;
  }
  return all;
}

}  // namespace limbeck::verify
