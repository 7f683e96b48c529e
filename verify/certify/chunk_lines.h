#pragma once

#include <c10/util/Exception.h>

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "nlp/core/errors.h"
#include "verify/bound/soundness_error.h"

namespace limbeck::verify {

/// The lines of a chunk, one an item: `decide(items)`, and where that throws, each item alone, so
/// that the others go on. An item that fails alone gets the line `fail(item, message)`.
/// Throws: Interrupted and SoundnessError of `decide`: neither is a matter of one item.
template <typename Item, typename Decide, typename Fail>
std::vector<nlohmann::ordered_json> chunk_lines(std::span<const Item> items, const Decide& decide,
                                                const Fail& fail) {
  std::string message;
  try {
    return decide(items);
  } catch (const Interrupted&) {
    throw;
  } catch (const SoundnessError&) {
    throw;
  } catch (const Error& error) {
    message = error.what();
  } catch (const c10::Error& error) {
    message = error.what_without_backtrace();
  }
  if (items.size() == 1) return {fail(items[0], message)};
  std::vector<nlohmann::ordered_json> all;
  for (size_t i = 0; i < items.size(); ++i)
    all.push_back(chunk_lines(items.subspan(i, 1), decide, fail).front());
  return all;
}

}  // namespace limbeck::verify
