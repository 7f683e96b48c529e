// The choice of the library that multiplies matrices; see linear_product.h.
#include <atomic>
#include <cstdlib>
#include <mutex>
#include <optional>

#include "nlp/core/errors.h"
#include "nlp/model/linear_product.h"
#include "nlp/model/product_backend.h"

namespace limbeck::nlp {
namespace {

constexpr int kUndecided = -1;
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
    chosen.store(static_cast<int>(named.value_or(ProductLibrary::kOwn)), std::memory_order_release);
  }
  return static_cast<ProductLibrary>(chosen.load());
}

void set_product_library(std::string_view name) {
  const std::optional<ProductLibrary> named = parse(name, "products");
  chosen.store(named ? static_cast<int>(*named) : kUndecided);
}

}  // namespace limbeck::nlp
