#include <algorithm>
#include <map>

#include "nlp/causal/weight_source.h"
#include "nlp/core/errors.h"
#include "nlp/core/threads.h"
#include "nlp/tensor/gguf.h"

namespace limbeck::nlp {
namespace {

constexpr int64_t kGrainValues = 1 << 16;

struct NamePart {
  const char* hugging_face;
  const char* gguf;
};

constexpr NamePart kWhole[] = {{"embed_tokens.weight", "token_embd.weight"},
                               {"norm.weight", "output_norm.weight"},
                               {"lm_head.weight", "output.weight"},
                               {"wte.weight", "token_embd.weight"},
                               {"wpe.weight", "position_embd.weight"},
                               {"ln_f.weight", "output_norm.weight"},
                               {"ln_f.bias", "output_norm.bias"}};

/// Behind "layers.N." or "h.N.", in front of "weight" or "bias".
constexpr NamePart kInLayer[] = {{"self_attn.q_proj.", "attn_q."},
                                 {"self_attn.k_proj.", "attn_k."},
                                 {"self_attn.v_proj.", "attn_v."},
                                 {"self_attn.o_proj.", "attn_output."},
                                 {"mlp.gate_proj.", "ffn_gate."},
                                 {"mlp.up_proj.", "ffn_up."},
                                 {"mlp.down_proj.", "ffn_down."},
                                 {"input_layernorm.", "attn_norm."},
                                 {"post_attention_layernorm.", "ffn_norm."},
                                 {"attn.c_attn.", "attn_qkv."},
                                 {"attn.c_proj.", "attn_output."},
                                 {"mlp.c_fc.", "ffn_up."},
                                 {"mlp.c_proj.", "ffn_down."},
                                 {"ln_1.", "attn_norm."},
                                 {"ln_2.", "ffn_norm."}};

/// The name of GGUF; empty when there is none.
std::string gguf_name(const std::string& name) {
  for (const NamePart& part : kWhole)
    if (name == part.hugging_face) return part.gguf;
  const size_t prefix = name.starts_with("layers.") ? 7 : name.starts_with("h.") ? 2 : 0;
  const size_t dot = prefix == 0 ? std::string::npos : name.find('.', prefix);
  if (dot == std::string::npos) return "";
  const std::string layer = name.substr(prefix, dot - prefix), rest = name.substr(dot + 1);
  for (const NamePart& part : kInLayer)
    if (rest.starts_with(part.hugging_face))
      return "blk." + layer + "." + part.gguf + rest.substr(std::string(part.hugging_face).size());
  return "";
}

class GgufWeights final : public WeightSource {
 public:
  GgufWeights(const GgufFile& file, const CausalConfig& config)
      : file_(file),
        head_width_(config.head_width),
        is_interleaved_(file.text("general.architecture") == "llama") {}

  bool has(const std::string& name) const override { return file_.has_tensor(gguf_name(name)); }

  std::vector<float> values(const std::string& name,
                            const std::vector<int64_t>& shape) const override {
    const GgufTensor& tensor = find(name, shape);
    std::vector<float> out(static_cast<size_t>(tensor.element_count()));
    const int64_t width = tensor.shape.back();
    const int64_t rows = tensor.element_count() / width;
    const bool turns = is_turned(name);
    parallel_for(rows, 1 + kGrainValues / width, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row)
        read_row(tensor, row, out.data() + (turns ? half_row(row) : row) * width);
    });
    return turns && shape.size() == 1 ? turned(out) : out;
  }

  std::optional<AffineBlocks> blocks(const std::string& name,
                                     const std::vector<int64_t>& shape) const override {
    const GgufTensor& tensor = find(name, shape);
    std::optional<AffineBlocks> stored =
        stored_blocks(tensor.type, tensor.bytes, tensor.shape.back());
    if (!stored || !is_turned(name)) return stored;
    AffineBlocks turned = *stored;
    const int64_t count = stored->row_blocks, rows = shape.front();
    for (int64_t row = 0; row < rows; ++row) {
      const auto move = [&](const auto& from, auto& to, int64_t width) {
        std::copy_n(from.begin() + row * width, width, to.begin() + half_row(row) * width);
      };
      move(stored->codes, turned.codes, 32 * count);
      move(stored->scales, turned.scales, count);
      move(stored->minima, turned.minima, count);
    }
    return turned;
  }

  void copy_row(const std::string& name, const std::vector<int64_t>& shape, int64_t row,
                float* out) const override {
    read_row(find(name, shape), row, out);
  }

  std::string storage() const override {
    std::map<GgmlType, int64_t> counts;
    for (const auto& [name, tensor] : file_.content().tensors)
      counts[tensor.type] += tensor.element_count();
    const auto most =
        std::max_element(counts.begin(), counts.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    return most == counts.end() ? "none" : ggml_layout(most->first).name;
  }

 private:
  const GgufTensor& find(const std::string& name, const std::vector<int64_t>& shape) const {
    const std::string known = gguf_name(name);
    return file_.at(known.empty() ? name : known, shape);
  }

  static void read_row(const GgufTensor& tensor, int64_t row, float* out) {
    const int64_t bytes = tensor.row_bytes();
    dequantise(tensor.type,
               tensor.bytes.subspan(static_cast<size_t>(row * bytes), static_cast<size_t>(bytes)),
               {out, static_cast<size_t>(tensor.shape.back())});
  }

  bool is_turned(const std::string& name) const {
    return is_interleaved_ &&
           (name.find("q_proj") != std::string::npos || name.find("k_proj") != std::string::npos);
  }

  /// Row 2i + s of a head, a pair's first or second, becomes row i + s * d / 2.
  int64_t half_row(int64_t row) const {
    const int64_t within = row % head_width_;
    return row - within + within / 2 + within % 2 * (head_width_ / 2);
  }
  std::vector<float> turned(const std::vector<float>& bias) const {
    std::vector<float> out(bias.size());
    for (size_t i = 0; i < bias.size(); ++i)
      out[static_cast<size_t>(half_row(static_cast<int64_t>(i)))] = bias[i];
    return out;
  }

  const GgufFile& file_;
  int64_t head_width_;
  bool is_interleaved_;
};

}  // namespace

std::unique_ptr<WeightSource> gguf_weights(const GgufFile& file, const CausalConfig& config) {
  return std::make_unique<GgufWeights>(file, config);
}

}  // namespace limbeck::nlp
