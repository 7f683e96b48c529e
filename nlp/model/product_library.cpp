// The choice of the library that multiplies matrices; see linear_product.h.
#include <ATen/ATen.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <optional>

#include "nlp/core/errors.h"
#include "nlp/model/linear_product.h"
#include "nlp/model/product_backend.h"

namespace limbeck::nlp {
namespace {

constexpr int kUndecided = -1;
constexpr double kWorthChanging = 1.3;
std::atomic<int> chosen{kUndecided};

std::optional<ProductLibrary> parse(std::string_view name, const std::string& where) {
  for (const ProductLibrary library :
       {ProductLibrary::kOwn, ProductLibrary::kAten, ProductLibrary::kOneDnn})
    if (name == product_library_name(library)) {
      if (library == ProductLibrary::kOneDnn && !detail::has_onednn_linear())
        throw UnsupportedError(where + ": this LibTorch has no oneDNN (use own or aten)");
      return library;
    }
  if (name == "auto") return std::nullopt;
  throw ConfigError(where + ": expected own, aten, onednn or auto, got '" + std::string(name) +
                    "'");
}

/// Shortest of some runs of a layer of the default teacher, forward and both backward products, in
/// seconds.
double measure(ProductLibrary library, const at::Tensor& x, const at::Tensor& weight) {
  double best = std::numeric_limits<double>::infinity();
  for (int run = 0; run < 4; ++run) {
    const auto begin = std::chrono::steady_clock::now();
    const at::Tensor y = detail::multiply_transposed(library, x, weight, at::Tensor());
    detail::multiply(library, y, weight);
    detail::multiply_rows(library, y, x);
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
    best = std::min(best, elapsed.count());
  }
  return best;
}

ProductLibrary fastest() {
  const c10::InferenceMode no_graph;
  const at::Tensor x = at::full({1024, 384}, 0.5f), weight = at::full({1536, 384}, 0.25f);
  ProductLibrary best = ProductLibrary::kOwn;
  double best_seconds = measure(best, x, weight) / kWorthChanging;
  for (const ProductLibrary library : {ProductLibrary::kAten, ProductLibrary::kOneDnn}) {
    if (library == ProductLibrary::kOneDnn && !detail::has_onednn_linear()) continue;
    const double seconds = measure(library, x, weight);
    if (seconds >= best_seconds) continue;
    best_seconds = seconds;
    best = library;
  }
  return best;
}

}  // namespace

std::string_view product_library_name(ProductLibrary library) {
  switch (library) {
    case ProductLibrary::kOwn:
      return "own";
    case ProductLibrary::kAten:
      return "aten";
    case ProductLibrary::kOneDnn:
      return "onednn";
  }
  return "";
}

ProductLibrary product_library() {
  const int known = chosen.load(std::memory_order_acquire);
  if (known != kUndecided) return static_cast<ProductLibrary>(known);
  static std::mutex deciding;
  const std::lock_guard<std::mutex> lock(deciding);
  if (chosen.load() == kUndecided) {
    const char* wish = std::getenv("LIMBECK_PRODUCTS");
    const std::optional<ProductLibrary> named = parse(wish ? wish : "auto", "LIMBECK_PRODUCTS");
    chosen.store(static_cast<int>(named ? *named : fastest()), std::memory_order_release);
  }
  return static_cast<ProductLibrary>(chosen.load());
}

void set_product_library(std::string_view name) {
  const std::optional<ProductLibrary> named = parse(name, "products");
  chosen.store(named ? static_cast<int>(*named) : kUndecided);
}

}  // namespace limbeck::nlp
