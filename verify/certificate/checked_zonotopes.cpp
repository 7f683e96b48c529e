#include "verify/certificate/checked_zonotopes.h"

#include <algorithm>
#include <string>

#include "nlp/core/errors.h"
#include "verify/certificate/joint_check.h"
#include "verify/certificate/operation_kind.h"
#include "verify/rigor/shape.h"

namespace limbeck::verify {
namespace {

/// Bounds of rounding are themselves rounded: what makes up for that.
constexpr double kOutward = 1 + 1e-9;

/// A coefficient of an input's element.
struct Term {
  const CheckedForm* form;
  size_t element;
  double factor;
};

/// sum |terms|, rounded up.
double size_of(const CheckedForm& form, size_t element, size_t first) {
  double sum = 0;
  const double* terms = form.terms.data() + element * form.symbols;
  for (size_t s = first; s < form.symbols; ++s) sum += std::abs(terms[s]);
  return sum * (1 + 2 * gamma(static_cast<double>(form.symbols + 1)));
}

/// At least |everything that the form adds up|.
double reach_of(const CheckedForm& form, size_t element) {
  return (std::abs(form.centre[element]) + size_of(form, element, 0) + form.error[element]) *
         kOutward;
}

/// Adds up the terms of one element and what rounding costs.
class Accumulation {
 public:
  /// `to` has the form's symbols or more.
  Accumulation(double* to, double shift)
      : to_(to), centre_(shift), size_(std::abs(shift)), rounds_(shift != 0) {}

  /// `reach` is that of the element.
  void add(const Term& term, double reach) {
    const CheckedForm& form = *term.form;
    const double factor = term.factor, size = std::abs(factor);
    if (factor == 0) return;
    const double* from = form.terms.data() + term.element * form.symbols;
    for (size_t s = 0; s < form.symbols; ++s) to_[s] += factor * from[s];
    centre_ += factor * form.centre[term.element];
    error_ += size * form.error[term.element];
    size_ += size * reach;
    rounds_ = rounds_ || count_ > 0 || size != 1;
    ++count_;
  }

  double centre() const { return centre_; }
  double error() const {
    if (!rounds_) return error_;  // a copy
    return (error_ + gamma(static_cast<double>(count_ + 4)) * size_) * kOutward + kUnderflow;
  }

 private:
  double* to_;
  double centre_, size_, error_ = 0;
  size_t count_ = 0;
  bool rounds_;
};

/// Throws: DataError where the numbers would not fit into 8 GiB.
CheckedForm empty_form(size_t elements, size_t symbols) {
  constexpr size_t kMostNumbers = size_t{1} << 30;
  if (symbols > 0 && elements > kMostNumbers / symbols)
    throw DataError("zonotopes: expected at most 2^30 coefficients of a node, got " +
                    std::to_string(elements) + " elements with " + std::to_string(symbols) +
                    " symbols");
  return {std::vector<double>(elements), std::vector<double>(elements),
          std::vector<double>(elements * symbols), symbols};
}

/// The middle of an interval and at least half its width; an unbounded one has no middle.
struct Middle {
  double centre, half;
};
Middle middle_of(double low, double high) {
  if (!std::isfinite(low) || !std::isfinite(high)) return {0, kInfinity};
  const double centre = low + (high - low) / 2;
  if (!std::isfinite(centre)) return {0, kInfinity};
  return {centre, std::max((Enclosure(high) - Enclosure(centre)).upper,
                           (Enclosure(centre) - Enclosure(low)).upper)};
}

/// Any slope is sound; that of the chord leaves little.
double chord(const Shape& shape, Numbers numbers, double low, double high) {
  const double slope =
      (least_rest(shape, numbers, high, high, 0) - least_rest(shape, numbers, low, low, 0)) /
      (high - low);
  return std::isfinite(slope) ? slope : 0;
}

}  // namespace

CheckedZonotopes::CheckedZonotopes(const CheckedGraph& graph, const std::vector<NodeProof>& proofs,
                                   const CheckedRegion& region)
    : graph_(graph),
      proofs_(proofs),
      region_(region),
      forms_(graph.nodes.size()),
      last_reader_(graph.nodes.size(), 0) {
  for (size_t node = 0; node < graph.nodes.size(); ++node)
    for (const int64_t input : graph.nodes[node].inputs) last_reader_[to_size(input)] = node;
  const Coordinates coordinates = region.coordinates();
  coordinates_ = symbols_ = coordinates.count;
  forms_[0] = input(coordinates);
}

CheckedForm CheckedZonotopes::input(const Coordinates& coordinates) const {
  CheckedForm form = empty_form(coordinates.centre.size(), coordinates_);
  form.centre = coordinates.centre;
  for (const Coordinates::Direction& one : coordinates.directions) {
    form.terms[one.input * coordinates_ + one.coordinate] = one.value.lower;
    form.error[one.input] =
        (form.error[one.input] + (one.value.upper - one.value.lower)) * kOutward;
  }
  return form;
}

const CheckedForm& CheckedZonotopes::of(size_t node, size_t k) const {
  return forms_[to_size(graph_.nodes[node].inputs[k])];
}

CheckedZonotopes::Reaches CheckedZonotopes::reaches_before(size_t node) const {
  Reaches reaches(graph_.nodes[node].inputs.size());
  for (size_t k = 0; k < reaches.size(); ++k)
    for (size_t i = 0; i < of(node, k).centre.size(); ++i)
      reaches[k].push_back(reach_of(of(node, k), i));
  return reaches;
}

Enclosure CheckedZonotopes::range(const CheckedForm& form, size_t element) const {
  const double own = size_of(form, element, coordinates_) + form.error[element];
  std::vector<double> coefficients(form.terms.data() + element * form.symbols,
                                   form.terms.data() + element * form.symbols + coordinates_);
  if (!std::ranges::all_of(coefficients, [](double c) { return std::isfinite(c); }))
    return outward(NAN, NAN);
  const double above = (region_.most(coefficients) + own) * (1 + 4 * kUnit);
  for (double& c : coefficients) c = -c;
  const double below = (region_.most(coefficients) + own) * (1 + 4 * kUnit);
  return outward(form.centre[element] - below, form.centre[element] + above);
}

CheckedForm CheckedZonotopes::affine(size_t node) const {
  const AffineTerms& terms = graph_.terms[node];
  const size_t elements = graph_.nodes[node].size();
  CheckedForm form = empty_form(elements, symbols_);
  std::vector<Accumulation> sums;
  for (size_t i = 0; i < elements; ++i)
    sums.emplace_back(form.terms.data() + i * form.symbols,
                      terms.shift.empty() ? 0 : terms.shift[i]);
  const Reaches reaches = reaches_before(node);
  terms.for_each([&](size_t out, size_t k, size_t in, double weight) {
    sums[out].add({&of(node, k), in, weight}, reaches[k][in]);
  });
  for (size_t i = 0; i < elements; ++i)
    form.centre[i] = sums[i].centre(), form.error[i] = sums[i].error();
  return form;
}

CheckedForm CheckedZonotopes::with_symbols(CheckedForm form, const std::vector<double>& widths) {
  constexpr double kNegligible = 1e-13;
  std::vector<size_t> own;
  for (size_t i = 0; i < widths.size(); ++i) {
    if (widths[i] <= kNegligible * std::abs(form.centre[i]))
      form.error[i] = (form.error[i] + widths[i]) * kOutward;
    else
      own.push_back(i);
  }
  CheckedForm wide = empty_form(widths.size(), symbols_ + own.size());
  for (size_t i = 0; i < widths.size(); ++i)
    std::copy_n(form.terms.data() + i * form.symbols, form.symbols,
                wide.terms.data() + i * wide.symbols);
  for (size_t k = 0; k < own.size(); ++k)
    wide.terms[own[k] * wide.symbols + symbols_ + k] = widths[own[k]];
  wide.centre = std::move(form.centre);
  wide.error = std::move(form.error);
  symbols_ = wide.symbols;
  return wide;
}

CheckedForm CheckedZonotopes::scalar(size_t node) {
  const CertifiedNode& n = graph_.nodes[node];
  const Shape& shape = find_shape(n.op);
  const CheckedForm& x = of(node, 0);
  const Box& box = proofs_[to_size(n.inputs[0])].box;
  CheckedForm form = empty_form(n.size(), x.symbols);
  std::vector<double> widths;
  for (size_t i = 0; i < n.size(); ++i) {
    const double l = box.lower.values[i], u = box.upper.values[i];
    const double slope = l < u ? chord(shape, n.numbers, l, u) : 0;
    const Middle rest = middle_of(least_rest(shape, n.numbers, l, u, slope),
                                  most_rest(shape, n.numbers, l, u, slope));
    Accumulation sum(form.terms.data() + i * form.symbols, rest.centre);
    sum.add({&x, i, slope}, reach_of(x, i));
    form.centre[i] = sum.centre(), form.error[i] = sum.error();
    widths.push_back(rest.half);
  }
  return with_symbols(std::move(form), widths);
}

/// One element of a joint node, as a form and what its planes leave around it.
class CheckedZonotopes::JointElement {
 public:
  JointElement(const CheckedZonotopes& zonotopes, const JointPlace& place, const Reaches& reaches,
               size_t node, size_t symbols)
      : zonotopes_(zonotopes), place_(place), reaches_(reaches), node_(node), symbols_(symbols) {}

  /// Adds the mean of both planes of element i to row i of `form`; the rest.
  Middle add(size_t i, CheckedForm& form) {
    std::vector<Enclosure> row(place_.node.size(), 0);
    row[i] = 1;
    const JointSubstitution low = substitute_joint(place_, row, /*is_centred=*/false);
    row[i] = -1;
    const JointSubstitution high = substitute_joint(place_, row, /*is_centred=*/false);
    Accumulation mean(form.terms.data() + i * form.symbols, 0);
    below_ = above_ = empty_form(1, symbols_);
    Accumulation below(below_.terms.data(), 0), above(above_.terms.data(), 0);
    WideSum low_rest(low.bias), high_rest(-high.bias.value()), low_box(low.bias),
        high_box(-high.bias.value());
    for (size_t k = 0; k < place_.inputs.size(); ++k)
      for (size_t e = 0; e < low.coefficients[k].size(); ++e) {
        const Enclosure a = low.coefficients[k][e], b = -high.coefficients[k][e];
        const double largest = std::max(a.magnitude(), b.magnitude());
        if (largest == 0) continue;
        const Enclosure x = place_.inputs[k]->at(e);
        if (largest < kUnderflow) {  // zeros that were rounded outward
          low_rest += a * x, low_box += a * x, high_rest += b * x, high_box += b * x;
          continue;
        }
        const double slope = middle(a) / 2 + middle(b) / 2;
        const CheckedForm& of_input = zonotopes_.of(node_, k);
        mean.add({&of_input, e, slope}, reaches_[k][e]);
        const auto leave = [&](const Enclosure& plane, Accumulation& sum, WideSum& rest,
                               WideSum& box) {
          const Enclosure difference = plane - Enclosure(slope);
          const double part = middle(difference);
          sum.add({&of_input, e, part}, reaches_[k][e]);
          rest += (difference - Enclosure(part)) * x;
          box += difference * x;
        };
        leave(a, below, low_rest, low_box);
        leave(b, above, high_rest, high_box);
      }
    form.centre[i] = mean.centre(), form.error[i] = mean.error();
    const double least = (range(below, below_) + low_rest.value()).lower,
                 most = (range(above, above_) + high_rest.value()).upper;
    return middle_of(std::max(least, low_box.value().lower),
                     std::min(most, high_box.value().upper));
  }

 private:
  static double middle(const Enclosure& x) { return x.lower / 2 + x.upper / 2; }

  Enclosure range(const Accumulation& sum, CheckedForm& row) const {
    row.centre[0] = sum.centre(), row.error[0] = sum.error();
    return zonotopes_.range(row, 0);
  }

  const CheckedZonotopes& zonotopes_;
  const JointPlace& place_;
  const Reaches& reaches_;
  size_t node_, symbols_;
  CheckedForm below_, above_;
};

CheckedForm CheckedZonotopes::joint(size_t node) {
  const size_t elements = graph_.nodes[node].size();
  const JointPlace place = joint_place(graph_, proofs_, node);
  CheckedForm form = empty_form(elements, symbols_);
  const Reaches reaches = reaches_before(node);
  JointElement element(*this, place, reaches, node, form.symbols);
  std::vector<double> widths;
  for (size_t i = 0; i < elements; ++i) {
    const Middle rest = element.add(i, form);
    const Enclosure centre = Enclosure(form.centre[i]) + Enclosure(rest.centre);
    form.centre[i] = centre.lower;
    form.error[i] = (form.error[i] + (centre.upper - centre.lower)) * kOutward;
    widths.push_back(rest.half);
  }
  return with_symbols(std::move(form), widths);
}

std::vector<Enclosure> CheckedZonotopes::add_node(size_t node) {
  if (node > 0) {
    const std::string& op = graph_.nodes[node].op;
    forms_[node] = is_affine(op) ? affine(node) : is_scalar(op) ? scalar(node) : joint(node);
    for (const int64_t input : graph_.nodes[node].inputs)
      if (last_reader_[to_size(input)] == node) forms_[to_size(input)] = {};
  }
  std::vector<Enclosure> ranges;
  for (size_t i = 0; i < graph_.nodes[node].size(); ++i) ranges.push_back(range(forms_[node], i));
  return ranges;
}

}  // namespace limbeck::verify
