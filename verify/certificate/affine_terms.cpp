#include "verify/certificate/affine_terms.h"

#include <map>
#include <string>

#include "nlp/core/errors.h"

namespace limbeck::verify {
namespace {

using Dimensions = std::vector<int64_t>;
using Visit = AffineTerms::Visit;

/// The node that is looked at, with its inputs' shapes.
struct Place {
  const std::vector<CertifiedNode>& graph;
  size_t index;

  const CertifiedNode& node() const { return graph[index]; }
  const CertifiedNode& input(size_t k = 0) const {
    return graph[static_cast<size_t>(node().inputs.at(k))];
  }
  [[noreturn]] void fail(const std::string& why) const {
    throw DataError("node " + std::to_string(index) + " (" + node().op + "): " + why);
  }
  void require(bool is_good, const char* why) const {
    if (!is_good) fail(why);
  }
  const Dense& constant(size_t k) const {
    require(node().constants.size() > k && node().constants[k].size() > 0, "lacks a constant");
    return node().constants[k];
  }
  const Dense* optional_constant(size_t k) const {
    return node().constants.size() > k && node().constants[k].size() > 0 ? &node().constants[k]
                                                                         : nullptr;
  }
  void require_inputs(size_t count) const {
    require(node().inputs.size() == count, "has a wrong number of inputs");
  }
};

int64_t product_of(const Dimensions& shape, size_t first, size_t last) {
  int64_t count = 1;
  for (size_t i = first; i < last; ++i) count *= shape[i];
  return count;
}

/// Strides of a row-major shape; 0 along axes of size 1, which then broadcast.
Dimensions strides(const Dimensions& shape) {
  Dimensions result(shape.size());
  int64_t step = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    result[i] = shape[i] == 1 ? 0 : step;
    step *= shape[i];
  }
  return result;
}

/// Calls visit(flat index over `shape`, dot of the position with `steps`).
template <class Function>
void for_each_position(const Dimensions& shape, const Dimensions& steps, const Function& visit) {
  Dimensions position(shape.size(), 0);
  const int64_t count = product_of(shape, 0, shape.size());
  int64_t other = 0;
  for (int64_t flat = 0; flat < count; ++flat) {
    visit(to_size(flat), to_size(other));
    for (size_t axis = shape.size(); axis-- > 0;) {
      other += steps[axis];
      if (++position[axis] < shape[axis]) break;
      other -= steps[axis] * shape[axis];
      position[axis] = 0;
    }
  }
}

/// The constant spread over `shape`, right-aligned as in broadcasting.
std::vector<double> spread(const Place& place, const Dense& constant, const Dimensions& shape) {
  Dimensions own = constant.shape;
  while (own.size() > shape.size() && own.front() == 1) own.erase(own.begin());
  place.require(own.size() <= shape.size(), "has a constant of another shape");
  own.insert(own.begin(), shape.size() - own.size(), 1);
  for (size_t i = 0; i < shape.size(); ++i)
    place.require(own[i] == 1 || own[i] == shape[i], "has a constant of another shape");
  std::vector<double> values(to_size(product_of(shape, 0, shape.size())));
  for_each_position(shape, strides(own),
                    [&](size_t flat, size_t from) { values[flat] = constant.values[from]; });
  return values;
}

/// Leading axes equal, and the last of x and y as given.
void require_rows(const Place& place, const Dimensions& x, const Dimensions& y, int64_t in,
                  int64_t out) {
  place.require(!x.empty() && x.size() == y.size() && x.back() == in && y.back() == out &&
                    Dimensions(x.begin(), x.end() - 1) == Dimensions(y.begin(), y.end() - 1),
                "has a weight of another shape");
}

AffineTerms linear(const Place& place) {
  place.require_inputs(1);
  const Dense& weight = place.constant(0);
  place.require(weight.shape.size() == 2, "expects a weight of two axes");
  const int64_t out = weight.shape[0], in = weight.shape[1];
  require_rows(place, place.input().shape, place.node().shape, in, out);
  AffineTerms terms;
  const size_t rows = place.node().size() / to_size(out);
  terms.for_each = [&weight, rows, in, out](const Visit& visit) {
    for (size_t row = 0; row < rows; ++row)
      for (size_t o = 0; o < to_size(out); ++o)
        for (size_t i = 0; i < to_size(in); ++i)
          visit(row * to_size(out) + o, 0, row * to_size(in) + i,
                weight.values[o * to_size(in) + i]);
  };
  if (const Dense* bias = place.optional_constant(1))
    terms.shift = spread(place, *bias, place.node().shape);
  return terms;
}

/// M x over the last two axes, M (..., m, n) spread over the leading ones.
AffineTerms left_matmul(const Place& place) {
  place.require_inputs(1);
  const Dimensions &x = place.input().shape, &y = place.node().shape;
  place.require(x.size() >= 2 && x.size() == y.size() && x.back() == y.back() &&
                    Dimensions(x.begin(), x.end() - 2) == Dimensions(y.begin(), y.end() - 2),
                "has shapes that do not fit");
  const int64_t m = y[y.size() - 2], n = x[x.size() - 2], p = x.back();
  Dimensions whole(x.begin(), x.end() - 2);
  whole.insert(whole.end(), {m, n});
  element_count(whole, "left_matmul");
  const std::vector<double> matrix = spread(place, place.constant(0), whole);
  const size_t batches = place.node().size() / to_size(m * p);
  AffineTerms terms;
  terms.for_each = [matrix, batches, m, n, p](const Visit& visit) {
    for (size_t b = 0; b < batches; ++b)
      for (size_t i = 0; i < to_size(m); ++i)
        for (size_t j = 0; j < to_size(p); ++j)
          for (size_t k = 0; k < to_size(n); ++k)
            visit((b * to_size(m) + i) * to_size(p) + j, 0, (b * to_size(n) + k) * to_size(p) + j,
                  matrix[(b * to_size(m) + i) * to_size(n) + k]);
  };
  return terms;
}

/// ints: 2 strides, 2 paddings, groups.
AffineTerms conv2d(const Place& place) {
  place.require_inputs(1);
  const CertifiedNode& node = place.node();
  const Dense& weight = place.constant(0);
  const Dimensions &x = place.input().shape, &y = node.shape, &w = weight.shape;
  place.require(node.ints.size() >= 5 && x.size() == 3 && y.size() == 3 && w.size() == 4,
                "expects three axes and five integers");
  const int64_t groups = node.ints[4];
  place.require(groups >= 1 && x[0] == w[1] * groups && y[0] == w[0] && w[0] % groups == 0,
                "has a weight of another shape");
  for (size_t i = 0; i < 2; ++i)
    place.require(node.ints[i] >= 1 && node.ints[i] < 4096 && node.ints[i + 2] < 4096,
                  "has a stride or a padding out of range");
  AffineTerms terms;
  terms.for_each = [&node, &weight, x, y, w, groups](const Visit& visit) {
    const int64_t of_group = w[0] / groups;
    for (int64_t o = 0; o < y[0]; ++o)
      for (int64_t r = 0; r < y[1]; ++r)
        for (int64_t c = 0; c < y[2]; ++c)
          for (int64_t i = 0; i < w[1]; ++i)
            for (int64_t dr = 0; dr < w[2]; ++dr)
              for (int64_t dc = 0; dc < w[3]; ++dc) {
                const int64_t row = r * node.ints[0] - node.ints[2] + dr;
                const int64_t column = c * node.ints[1] - node.ints[3] + dc;
                if (row < 0 || row >= x[1] || column < 0 || column >= x[2]) continue;
                const int64_t channel = (o / of_group) * w[1] + i;
                visit(to_size((o * y[1] + r) * y[2] + c), 0,
                      to_size((channel * x[1] + row) * x[2] + column),
                      weight.values[to_size(((o * w[1] + i) * w[2] + dr) * w[3] + dc)]);
              }
  };
  if (const Dense* bias = place.optional_constant(1)) {
    place.require(bias->shape == Dimensions{y[0]}, "has a bias of another shape");
    terms.shift = spread(place, {{y[0], 1, 1}, bias->values}, y);
  }
  return terms;
}

AffineTerms scale_shift(const Place& place) {
  place.require_inputs(1);
  const Dimensions& shape = place.node().shape;
  place.require(place.input().shape == shape, "has shapes that do not fit");
  AffineTerms terms;
  std::vector<double> scale(place.node().size(), 1.0);
  if (const Dense* given = place.optional_constant(0)) scale = spread(place, *given, shape);
  terms.for_each = [scale](const Visit& visit) {
    for (size_t i = 0; i < scale.size(); ++i) visit(i, 0, i, scale[i]);
  };
  if (const Dense* given = place.optional_constant(1)) terms.shift = spread(place, *given, shape);
  return terms;
}

AffineTerms weighted_sum(const Place& place) {
  const std::vector<double> numbers = place.node().numbers;
  place.require_inputs(numbers.size());
  for (size_t k = 0; k < numbers.size(); ++k)
    place.require(place.input(k).shape == place.node().shape, "has shapes that do not fit");
  const size_t count = place.node().size();
  AffineTerms terms;
  terms.for_each = [numbers, count](const Visit& visit) {
    for (size_t k = 0; k < numbers.size(); ++k)
      for (size_t i = 0; i < count; ++i) visit(i, k, i, numbers[k]);
  };
  return terms;
}

/// Copies: from[out] is the place in the input.
AffineTerms copies(std::vector<size_t> from, double factor = 1) {
  AffineTerms terms;
  terms.for_each = [from = std::move(from), factor](const Visit& visit) {
    for (size_t i = 0; i < from.size(); ++i) visit(i, 0, from[i], factor);
  };
  return terms;
}

std::vector<size_t> places(const Dimensions& shape, const Dimensions& steps) {
  std::vector<size_t> from(to_size(product_of(shape, 0, shape.size())));
  for_each_position(shape, steps, [&](size_t flat, size_t other) { from[flat] = other; });
  return from;
}

AffineTerms reshape(const Place& place) {
  place.require_inputs(1);
  place.require(place.input().size() == place.node().size(), "has shapes that do not fit");
  return copies(places({static_cast<int64_t>(place.node().size())}, {1}));
}

AffineTerms permute(const Place& place) {
  place.require_inputs(1);
  const Dimensions &x = place.input().shape, &y = place.node().shape, &axes = place.node().ints;
  place.require(axes.size() == x.size() && y.size() == x.size(), "has shapes that do not fit");
  const Dimensions all = strides(x);
  std::vector<bool> is_used(x.size());
  Dimensions steps;
  for (size_t i = 0; i < axes.size(); ++i) {
    place.require(axes[i] < static_cast<int64_t>(x.size()) && !is_used[to_size(axes[i])] &&
                      x[to_size(axes[i])] == y[i],
                  "has axes that do not fit");
    is_used[to_size(axes[i])] = true;
    steps.push_back(all[to_size(axes[i])]);
  }
  return copies(places(y, steps));
}

AffineTerms expand(const Place& place) {
  place.require_inputs(1);
  const Dimensions &x = place.input().shape, &y = place.node().shape;
  place.require(x.size() == y.size(), "has shapes that do not fit");
  for (size_t i = 0; i < x.size(); ++i)
    place.require(x[i] == 1 || x[i] == y[i], "has shapes that do not fit");
  return copies(places(y, strides(x)));
}

/// Axis of the first integer, with all other axes of x and y equal.
size_t axis_of(const Place& place, const Dimensions& x, const Dimensions& y) {
  place.require(!place.node().ints.empty() && x.size() == y.size() &&
                    place.node().ints[0] < static_cast<int64_t>(x.size()),
                "has an axis out of range");
  const size_t axis = to_size(place.node().ints[0]);
  for (size_t i = 0; i < x.size(); ++i)
    place.require(i == axis || x[i] == y[i], "has shapes that do not fit");
  return axis;
}

AffineTerms take(const Place& place) {
  place.require_inputs(1);
  const Dimensions &x = place.input().shape, &y = place.node().shape;
  const size_t axis = axis_of(place, x, y);
  const Dense& index = place.constant(0);
  place.require(static_cast<int64_t>(index.size()) == y[axis], "has an index of another size");
  for (const double i : index.values)
    place.require(i >= 0 && i < static_cast<double>(x[axis]) && i == std::floor(i),
                  "has an index out of range");
  const size_t inner = to_size(product_of(y, axis + 1, y.size()));
  std::vector<size_t> from(place.node().size());
  for (size_t i = 0; i < from.size(); ++i) {
    const size_t outer = i / (inner * to_size(y[axis])), k = i / inner % to_size(y[axis]);
    from[i] = (outer * to_size(x[axis]) + static_cast<size_t>(index.values[k])) * inner + i % inner;
  }
  return copies(std::move(from));
}

AffineTerms concat(const Place& place) {
  const Dimensions& y = place.node().shape;
  place.require(!place.node().inputs.empty(), "has no inputs");
  struct Source {
    size_t k, in;
  };
  std::vector<Source> sources(place.node().size());
  int64_t first = 0;
  for (size_t k = 0; k < place.node().inputs.size(); ++k) {
    const Dimensions& x = place.input(k).shape;
    const size_t axis = axis_of(place, x, y);
    place.require(first + x[axis] <= y[axis], "has shapes that do not fit");
    const size_t inner = to_size(product_of(y, axis + 1, y.size())),
                 width = to_size(x[axis]) * inner;
    for (size_t i = 0; i < place.input(k).size(); ++i)
      sources[(i / width * to_size(y[axis]) + to_size(first)) * inner + i % width] = {k, i};
    first += x[axis];
  }
  place.require(first == y[to_size(place.node().ints[0])], "has shapes that do not fit");
  AffineTerms terms;
  terms.for_each = [sources](const Visit& visit) {
    for (size_t i = 0; i < sources.size(); ++i) visit(i, sources[i].k, sources[i].in, 1);
  };
  return terms;
}

AffineTerms reduce_sum(const Place& place) {
  place.require_inputs(1);
  const Dimensions &x = place.input().shape, &y = place.node().shape;
  place.require(!place.node().numbers.empty() && x.size() == y.size(),
                "has shapes that do not fit");
  for (size_t i = 0; i < x.size(); ++i)
    place.require(y[i] == 1 || y[i] == x[i], "has shapes that do not fit");
  const std::vector<size_t> onto = places(x, strides(y));
  const double factor = place.node().numbers[0];
  AffineTerms terms;
  terms.for_each = [onto, factor](const Visit& visit) {
    for (size_t i = 0; i < onto.size(); ++i) visit(onto[i], 0, i, factor);
  };
  return terms;
}

}  // namespace

AffineTerms affine_terms(const std::vector<CertifiedNode>& graph, size_t node) {
  static const std::map<std::string, AffineTerms (*)(const Place&)> kRows = {
      {"linear", linear},
      {"left_matmul", left_matmul},
      {"conv2d", conv2d},
      {"scale_shift", scale_shift},
      {"weighted_sum", weighted_sum},
      {"reshape", reshape},
      {"permute", permute},
      {"expand", expand},
      {"take", take},
      {"concat", concat},
      {"reduce_sum", reduce_sum},
  };
  const Place place{graph, node};
  const auto found = kRows.find(graph[node].op);
  if (found == kRows.end()) place.fail("is not affine");
  return found->second(place);
}

}  // namespace limbeck::verify
