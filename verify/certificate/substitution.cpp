#include "verify/certificate/substitution.h"

#include <algorithm>
#include <utility>

#include "verify/certificate/operation_kind.h"

namespace limbeck::verify {
namespace {

using Row = std::vector<Enclosure>;

bool is_zero(const Enclosure& x) { return x.lower == 0 && x.upper == 0; }

/// Rows that wait at each node; empty: none has reached it.
class Pending {
 public:
  Pending(const CheckedGraph& graph, size_t target) : graph_(graph), rows_(target + 1) {}

  Row& at(size_t node) {
    if (rows_[node].empty()) rows_[node].assign(graph_.nodes[node].size(), 0);
    return rows_[node];
  }
  bool has(size_t node) const { return !rows_[node].empty(); }
  Row take(size_t node) { return std::exchange(rows_[node], {}); }

  /// The row of a node as plain numbers: what each lacks of its enclosure, times the largest value
  /// of its element, is taken from the bias at once. Rounding is then paid where it arises and does
  /// not grow on its way down.
  void settle(size_t node, const Box& box, WideSum& bias) {
    Row& row = at(node);
    for (size_t i = 0; i < row.size(); ++i) {
      if (row[i].lower == row[i].upper) continue;
      const Enclosure middle = (row[i].lower + row[i].upper) * 0.5;
      const double half = std::max((Enclosure(row[i].upper) - middle).upper,
                                   (middle - Enclosure(row[i].lower)).upper);
      bias -= Enclosure(half) * Enclosure(box.at(i).magnitude());
      row[i] = middle;
    }
  }

 private:
  const CheckedGraph& graph_;
  std::vector<Row> rows_;
};

void add(Enclosure& sum, const Enclosure& term) { sum = is_zero(sum) ? term : sum + term; }

void through_affine(const CheckedGraph& graph, size_t node, const Row& row, Pending& pending,
                    WideSum& bias) {
  const AffineTerms& terms = graph.terms[node];
  std::vector<Row*> inputs;
  for (const int64_t input : graph.nodes[node].inputs)
    inputs.push_back(&pending.at(static_cast<size_t>(input)));
  terms.for_each([&](size_t out, size_t k, size_t in, double weight) {
    if (!is_zero(row[out])) add((*inputs[k])[in], weight == 1 ? row[out] : row[out] * weight);
  });
  for (size_t i = 0; i < terms.shift.size(); ++i)
    if (!is_zero(row[i])) bias += row[i] * terms.shift[i];
}

/// By the sign of each element the lower or the upper line; an element of unknown sign (rounding
/// around zero) adds the least that it can over the bounds of the node.
void through_scalar(const CheckedGraph& graph, const std::vector<NodeProof>& proofs, size_t node,
                    const Row& row, Pending& pending, WideSum& bias) {
  Row& input = pending.at(static_cast<size_t>(graph.nodes[node].inputs[0]));
  const size_t count = row.size();
  const double* lines = proofs[node].lines.values.data();
  for (size_t i = 0; i < count; ++i) {
    if (is_zero(row[i])) continue;
    if (row[i].lower < 0 && row[i].upper > 0) {
      bias += Enclosure((row[i] * proofs[node].box.at(i)).lower);
      continue;
    }
    const size_t first = row[i].lower >= 0 ? 0 : 2 * count;
    add(input[i], row[i] * lines[first + i]);
    bias += row[i] * lines[first + count + i];
  }
}

void through_joint(const CheckedGraph& graph, const std::vector<NodeProof>& proofs, size_t node,
                   const Row& row, bool is_centred, Pending& pending, WideSum& bias) {
  const JointSubstitution result =
      substitute_joint(joint_place(graph, proofs, node), row, is_centred);
  for (size_t k = 0; k < result.coefficients.size(); ++k) {
    Row& input = pending.at(static_cast<size_t>(graph.nodes[node].inputs[k]));
    for (size_t i = 0; i < input.size(); ++i)
      if (!is_zero(result.coefficients[k][i])) add(input[i], result.coefficients[k][i]);
  }
  bias += result.bias;
}

}  // namespace

InputForm substitute_row(const CheckedGraph& graph, const std::vector<NodeProof>& proofs,
                         size_t target, const std::vector<double>& row, bool is_centred) {
  Pending pending(graph, target);
  pending.at(target).assign(row.begin(), row.end());
  WideSum bias;
  for (size_t node = target; node > 0; --node) {
    if (!pending.has(node)) continue;
    if (node != target) pending.settle(node, proofs[node].box, bias);
    const Row mine = pending.take(node);
    const std::string& op = graph.nodes[node].op;
    if (is_affine(op))
      through_affine(graph, node, mine, pending, bias);
    else if (is_scalar(op))
      through_scalar(graph, proofs, node, mine, pending, bias);
    else
      through_joint(graph, proofs, node, mine, is_centred, pending, bias);
  }
  pending.settle(0, proofs[0].box, bias);
  return {pending.at(0), bias.value()};
}

}  // namespace limbeck::verify
