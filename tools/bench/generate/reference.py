"""The default language model in transformers: weights dequantised by PyPI gguf, tokenizer rebuilt in PyPI tokenizers.

  python reference.py MODEL.gguf OUT    writes a Hugging Face directory (float32 safetensors, tokenizer.json)
"""

import sys

import gguf
import numpy as np
import tokenizers
import torch
import transformers

NAMES = {"attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
         "attn_output": "self_attn.o_proj", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
         "ffn_down": "mlp.down_proj", "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm"}


def field(reader, key):
    return reader.fields[key].contents()


def halves(weight, heads):
    """llama.cpp keeps rotary pairs beside each other; transformers keeps them a half apart."""
    rows = weight.shape[0] // heads
    return weight.reshape(heads, rows // 2, 2, *weight.shape[1:]).swapaxes(1, 2).reshape(weight.shape)


def state_dict(reader):
    heads, pairs = field(reader, "llama.attention.head_count"), field(reader, "llama.attention.head_count_kv")
    weights = {}
    for tensor in reader.tensors:
        value = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        if tensor.name == "token_embd.weight":
            name = "model.embed_tokens.weight"
        elif tensor.name == "output_norm.weight":
            name = "model.norm.weight"
        else:
            _, layer, part, _ = tensor.name.split(".")
            name = f"model.layers.{layer}.{NAMES[part]}.weight"
            if part in ("attn_q", "attn_k"):
                value = halves(value, heads if part == "attn_q" else pairs)
        weights[name] = torch.from_numpy(np.ascontiguousarray(value))
    return weights


def model(path):
    reader = gguf.GGUFReader(path)
    config = transformers.LlamaConfig(
        vocab_size=len(field(reader, "tokenizer.ggml.tokens")), hidden_size=field(reader, "llama.embedding_length"),
        intermediate_size=field(reader, "llama.feed_forward_length"),
        num_hidden_layers=field(reader, "llama.block_count"),
        num_attention_heads=field(reader, "llama.attention.head_count"),
        num_key_value_heads=field(reader, "llama.attention.head_count_kv"),
        max_position_embeddings=field(reader, "llama.context_length"),
        rms_norm_eps=field(reader, "llama.attention.layer_norm_rms_epsilon"),
        rope_parameters={"rope_type": "default", "rope_theta": field(reader, "llama.rope.freq_base")},
        tie_word_embeddings=True, bos_token_id=1, eos_token_id=2, attn_implementation="eager")
    net = transformers.LlamaForCausalLM(config)
    missing, unexpected = net.load_state_dict(state_dict(reader), strict=False)
    assert not unexpected and set(missing) <= {"lm_head.weight"}, (missing, unexpected)
    net.tie_weights()
    return net.eval()


def tokenizer(path):
    reader = gguf.GGUFReader(path)
    tokens, types = field(reader, "tokenizer.ggml.tokens"), field(reader, "tokenizer.ggml.token_type")
    merges = [tuple(merge.split(" ")) for merge in field(reader, "tokenizer.ggml.merges")]
    made = tokenizers.Tokenizer(tokenizers.models.BPE({t: i for i, t in enumerate(tokens)}, merges))
    made.pre_tokenizer = tokenizers.pre_tokenizers.Sequence([
        tokenizers.pre_tokenizers.Digits(individual_digits=True),
        tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)])
    made.decoder = tokenizers.decoders.ByteLevel()
    made.add_special_tokens([tokenizers.AddedToken(t, special=True, normalized=False)
                             for t, kind in zip(tokens, types) if kind == 3])
    return made


if __name__ == "__main__":
    model(sys.argv[1]).save_pretrained(sys.argv[2])
    tokenizer(sys.argv[1]).save(sys.argv[2] + "/tokenizer.json")
