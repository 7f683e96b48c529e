#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "verify/rigor/rounding.h"

namespace limbeck::verify {

/// A size or an index that is known not to be negative.
inline size_t to_size(int64_t value) { return static_cast<size_t>(value); }

/// A row-major tensor of doubles; integers and float32 are held exactly.
struct Dense {
  std::vector<int64_t> shape;
  std::vector<double> values;

  size_t size() const { return values.size(); }
};

/// Elements of a shape. Throws: DataError for a size below 1 or more than 2^28 elements.
size_t element_count(const std::vector<int64_t>& shape, const std::string& where);

/// Lower and upper bounds of all elements of a node.
struct Box {
  Dense lower, upper;

  Enclosure at(size_t i) const { return {lower.values[i], upper.values[i]}; }
};

}  // namespace limbeck::verify
