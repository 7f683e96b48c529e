#include "verify/certificate/node_check.h"

#include "verify/certificate/joint_check.h"
#include "verify/certificate/not_certified.h"
#include "verify/certificate/operation_kind.h"
#include "verify/rigor/shape.h"

namespace limbeck::verify {
namespace {

const Box& input_box(const CheckedGraph& graph, const std::vector<NodeProof>& proofs, size_t node,
                     size_t k) {
  return proofs[static_cast<size_t>(graph.nodes[node].inputs[k])].box;
}

std::vector<Enclosure> affine_range(const CheckedGraph& graph, const std::vector<NodeProof>& proofs,
                                    size_t node) {
  const AffineTerms& terms = graph.terms[node];
  std::vector<Enclosure> y(graph.nodes[node].size(), 0);
  if (!terms.shift.empty()) y.assign(terms.shift.begin(), terms.shift.end());
  terms.for_each([&](size_t out, size_t k, size_t in, double weight) {
    const Enclosure x = input_box(graph, proofs, node, k).at(in);
    const bool is_copy = weight == 1 && y[out].lower == 0 && y[out].upper == 0;
    y[out] = is_copy ? x : y[out] + Enclosure(weight) * x;
  });
  return y;
}

std::vector<Enclosure> scalar_range(const CheckedGraph& graph, const std::vector<NodeProof>& proofs,
                                    size_t node) {
  const CertifiedNode& n = graph.nodes[node];
  const Shape& shape = find_shape(n.op);
  const Box& x = input_box(graph, proofs, node, 0);
  std::vector<Enclosure> y;
  for (size_t i = 0; i < n.size(); ++i)
    y.emplace_back(least_rest(shape, n.numbers, x.lower.values[i], x.upper.values[i], 0),
                   most_rest(shape, n.numbers, x.lower.values[i], x.upper.values[i], 0));
  return y;
}

/// Parameters that a function reads. Throws: DataError.
void check_numbers(const CheckedGraph& graph, size_t node) {
  const CertifiedNode& n = graph.nodes[node];
  const size_t expected = n.op == "clamp"                                   ? 2
                          : n.op == "leaky_relu" || n.op.ends_with("power") ? 1
                                                                            : 0;
  const auto require = [&](bool is_good, const char* why) {
    if (!is_good) throw DataError(node_name(graph, node) + ": " + why);
  };
  require(n.inputs.size() == 1 && graph.nodes[static_cast<size_t>(n.inputs[0])].shape == n.shape,
          "has shapes that do not fit");
  require(n.numbers.size() == expected, "has a wrong number of parameters");
  if (n.op == "power")
    require(n.numbers[0] >= 2 && n.numbers[0] <= 64 && n.numbers[0] == std::floor(n.numbers[0]),
            "expects a whole exponent from 2 to 64");
  if (n.op == "clamp") require(n.numbers[0] <= n.numbers[1], "expects ends in order");
  if (n.op == "leaky_relu")
    require(n.numbers[0] >= 0 && n.numbers[0] <= 1, "expects a slope in [0, 1]");
}

void check_lines(const CheckedGraph& graph, const std::vector<NodeProof>& proofs, size_t node) {
  const CertifiedNode& n = graph.nodes[node];
  const Shape& shape = find_shape(n.op);
  const Box& x = input_box(graph, proofs, node, 0);
  const size_t count = n.size();
  const double* lines = proofs[node].lines.values.data();
  for (size_t i = 0; i < count; ++i) {
    const double l = x.lower.values[i], u = x.upper.values[i];
    const auto refuse = [&](const char* why) {
      throw NotCertified(node_name(graph, node) + ": element " + std::to_string(i) + ": " + why);
    };
    if (!(lines[count + i] <= least_rest(shape, n.numbers, l, u, lines[i])))
      refuse("the lower line is not proved to be below the function");
    if (!(lines[3 * count + i] >= most_rest(shape, n.numbers, l, u, lines[2 * count + i])))
      refuse("the upper line is not proved to be above the function");
  }
}

}  // namespace

JointPlace joint_place(const CheckedGraph& graph, const std::vector<NodeProof>& proofs,
                       size_t node) {
  const CertifiedNode& n = graph.nodes[node];
  JointPlace place{node_name(graph, node), n, proofs[node], {}, false};
  for (size_t k = 0; k < n.inputs.size(); ++k)
    place.inputs.push_back(&input_box(graph, proofs, node, k));
  place.rows_sum_to_one =
      !n.inputs.empty() && graph.nodes[static_cast<size_t>(n.inputs[0])].op == "softmax";
  return place;
}

CheckedGraph::CheckedGraph(const std::vector<CertifiedNode>& graph)
    : nodes(graph), terms(graph.size()) {
  for (size_t i = 0; i < graph.size(); ++i) {
    if (!is_known(graph[i].op)) throw DataError(node_name(*this, i) + ": is not a known operation");
    if (is_affine(graph[i].op)) terms[i] = affine_terms(graph, i);
    if (is_scalar(graph[i].op)) check_numbers(*this, i);
  }
}

std::vector<Enclosure> node_range(const CheckedGraph& graph, const std::vector<NodeProof>& proofs,
                                  size_t node) {
  const std::string& op = graph.nodes[node].op;
  if (is_affine(op)) return affine_range(graph, proofs, node);
  if (is_scalar(op)) return scalar_range(graph, proofs, node);
  const JointPlace place = joint_place(graph, proofs, node);
  check_joint_shapes(place);
  return joint_range(place);
}

void check_relaxation(const CheckedGraph& graph, const std::vector<NodeProof>& proofs,
                      size_t node) {
  const std::string& op = graph.nodes[node].op;
  if (is_scalar(op)) check_lines(graph, proofs, node);
  if (plane_count(op) > 0) check_planes(joint_place(graph, proofs, node));
}

std::string node_name(const CheckedGraph& graph, size_t node) {
  return "node " + std::to_string(node) + " (" + graph.nodes[node].op + ")";
}

}  // namespace limbeck::verify
