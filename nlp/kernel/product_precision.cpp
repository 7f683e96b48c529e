#include "nlp/kernel/product_precision.h"

#include <utility>

namespace limbeck::nlp::kernel {
namespace {

thread_local Arithmetic current = Arithmetic::kFloat32;

}  // namespace

Arithmetic product_precision() { return current; }

ScopedProductPrecision::ScopedProductPrecision(Arithmetic precision)
    : before_(std::exchange(current, precision)) {}

ScopedProductPrecision::~ScopedProductPrecision() { current = before_; }

}  // namespace limbeck::nlp::kernel
