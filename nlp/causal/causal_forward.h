#pragma once

#include <cstdint>
#include <span>

#include "nlp/causal/causal_weights.h"
#include "nlp/causal/key_value_store.h"
#include "nlp/causal/rotary_table.h"
#include "nlp/kernel/scratch.h"

namespace limbeck::nlp {

/// Neighbouring tokens of one text, to be added to its keys and values.
struct TokenRun {
  std::span<const int32_t> ids;           ///< at least one
  KeyValueStore* store = nullptr;         ///< room for them is left; grows by them
  const KeyValueStore* prefix = nullptr;  ///< tokens before those of `store`, shared; may be null
  bool wants_all = false;                 ///< a state for every token, else for the last one only
};

/// Activations of one call, kept between calls so that hot loops meet no page faults.
struct CausalWorkspace {
  kernel::Scratch states, normed, projections, context, intermediate, taken, logits;
};

/// States after the last normalisation of the tokens that the runs want, in the order of the runs,
/// (rows, D) in `workspace`, valid until its next use.
struct CausalStates {
  const float* rows = nullptr;
  int64_t count = 0;
};

/// All layers over the tokens of all runs, whose products are taken together.
///
/// Law: a token's state has the same bits whatever other runs stand beside it, on any number of
///      threads. (How a text is cut into prefix, store and runs may change the last bits.)
/// Throws: ShapeError for an empty run, an id beyond the vocabulary, or too many positions.
CausalStates causal_forward(const CausalConfig& config, const CausalWeights& weights,
                            const RotaryTable& rotary, std::span<const TokenRun> runs,
                            CausalWorkspace& workspace);

}  // namespace limbeck::nlp
