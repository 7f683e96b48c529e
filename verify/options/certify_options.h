#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nlp/core/errors.h"

namespace limbeck::verify {

/// What `limbeck certify` decides, and how.
struct CertifyOptions {
  std::string model;              ///< classifier directory, word-level .safetensors, TorchScript
  std::string vocabulary;         ///< one word a line; empty: vocab.txt beside the model
  int64_t heads = 4;              ///< attention heads; the file does not say
  std::string data;               ///< JSON, TSV, or safetensors of inputs: see --help
  std::string synonyms;           ///< JSON word -> [words]; empty: the candidates of the data
  int64_t budget = 0;             ///< replaced words at most; 0: radii in place of synonyms
  std::string norm = "2";         ///< 1, 2 or inf, of radii
  double radius = 0;              ///< > 0: only this radius is decided; 0: the largest is searched
  std::string positions = "one";  ///< which words move, of radii: see parse_positions
  std::string method = "auto";    ///< auto: cheap bound, attack, tight bound, branch and bound
  /// fast: float32; double: float64; rigorous: float64, sound with its own rounding for the
  /// real-valued network; rigorous-float32: for the network executed in float32, too.
  std::string arith = "double";
  int64_t alpha_iterations = 20;  ///< gradient steps of the alpha methods; 0 = the usual lines
  double alpha_rate = 0.2;        ///< their first step, of line shifts in [-1, 1]; > 0
  int64_t mem_limit = 4096;       ///< MiB for rows of backward blocks and for forms
  double time_limit = 0;          ///< seconds of branching or radii, a sentence; 0 = none
  int64_t limit = 0;              ///< sentences; 0 = all
  std::string shard;              ///< "i/n": every n-th sentence from the i-th, i from 0
  double min_certified = 0;       ///< share of certified sentences below which the command fails
  bool certificate = false;       ///< write a proof of each certified item; needs arith "rigorous"
  std::string output;
  bool explain = false;              ///< which operations lost most precision, for each sentence
  std::vector<std::string> compare;  ///< methods that are tried beside `method`, and timed
  std::vector<std::string> merge;    ///< output directories of shards, joined in place of a run

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit(
        "model", self.model,
        "directory of a fine-tuned classifier (ours or Hugging Face's BERT), safetensors file of a "
        "word-level Transformer, or TorchScript file (.pt)");
    visit("vocabulary", self.vocabulary,
          "file of one word a line; none: vocab.txt beside the model");
    visit("heads", self.heads, "attention heads of the model");
    visit("data", self.data,
          "JSON array of {sentence, label, candidates}, TSV with sentence and label, or, for "
          "TorchScript, "
          "safetensors with inputs (N, ...) and labels (N)");
    visit("synonyms", self.synonyms,
          "JSON object of word: [words]; none: the candidates of the data");
    visit("budget", self.budget, "words that may be replaced at once; 0: certified radii instead");
    visit("norm", self.norm, "norm of the radii");
    visit("radius", self.radius, "decide this radius only; 0: search the largest");
    visit("positions", self.positions,
          "which words move: one: each by itself; all: all within one ball; K from 2: at most K of "
          "them, whichever, each within a ball of its own");
    visit("method", self.method,
          "how bounds are made; auto decides every set of synonyms, and searches radii by "
          "zonotope+backward where that fits into two fifths of --mem-limit, else by "
          "forward+backward");
    visit("arith", self.arith,
          "fast: float32; double: float64; rigorous: proofs for the real-valued network; "
          "rigorous-float32: for its execution in float32 as well");
    visit("alpha_iterations", self.alpha_iterations, "gradient steps of the alpha methods");
    visit("alpha_rate", self.alpha_rate, "first step of the alpha methods");
    visit("mem_limit", self.mem_limit, "MiB for rows of backward blocks and for forms");
    visit("time_limit", self.time_limit,
          "seconds of branch and bound, or of radii, for one sentence; 0: no limit");
    visit("limit", self.limit, "sentences at most; 0: all");
    visit("shard", self.shard, "I/N: every N-th sentence from the I-th, counted from 0");
    visit("min_certified", self.min_certified,
          "fail when a smaller share of the sentences is certified");
    visit("certificate", self.certificate,
          "write a proof of each certified item that check-certificate can follow");
    visit("output", self.output, "directory to write");
    visit("explain", self.explain, "which operations lost most precision, for each sentence");
    visit("compare", self.compare, "methods to try on the same sentences, with their times");
    visit("merge", self.merge, "directories of finished shards: join them into one report");
  }

  /// Throws: ConfigError naming the flag and the value.
  void validate() const;
};

/// Which words of a sentence move at once.
struct MovedWords {
  bool is_each = false;  ///< a radius for every word that moves by itself
  int64_t at_most = 0;   ///< any so many words, each within its own ball; 0: all, within one ball
};
/// "one", "all" or an integer from 2.
/// Throws: ConfigError `--positions: expected one, all or an integer from 2, got 'x'`.
MovedWords parse_positions(const std::string& text);

/// Which sentences a shard takes.
struct Shard {
  int64_t index = 0, count = 1;
};
/// "" gives the whole. Throws: ConfigError `--shard: expected I/N with 0 <= I < N, got 'x'`.
Shard parse_shard(const std::string& text);

}  // namespace limbeck::verify
