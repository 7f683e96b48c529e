"""The tiny GPT-2 of gpt2/ as llama.cpp keeps it, in float32: products upright (outputs, inputs), names of its own.

  python generate_gpt2_gguf.py    in this folder; needs numpy, gguf, safetensors
"""

import json

import gguf
import numpy as np
from safetensors.numpy import load_file

WHOLE = {"wte.weight": "token_embd.weight", "wpe.weight": "position_embd.weight", "ln_f.weight": "output_norm.weight",
         "ln_f.bias": "output_norm.bias"}
IN_LAYER = {"ln_1": "attn_norm", "attn.c_attn": "attn_qkv", "attn.c_proj": "attn_output", "ln_2": "ffn_norm", "mlp.c_fc": "ffn_up",
            "mlp.c_proj": "ffn_down"}


def add_sizes(writer, config):
    writer.add_block_count(config["n_layer"])
    writer.add_context_length(config["n_positions"])
    writer.add_embedding_length(config["n_embd"])
    writer.add_feed_forward_length(4 * config["n_embd"])
    writer.add_head_count(config["n_head"])
    writer.add_layer_norm_eps(config["layer_norm_epsilon"])


def add_tokenizer(writer):
    with open("gpt2/tokenizer.json", encoding="utf-8") as file:
        made = json.load(file)
    vocabulary = sorted(made["model"]["vocab"], key=made["model"]["vocab"].get)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(vocabulary)
    writer.add_token_types([3 if i == 0 else 1 for i in range(len(vocabulary))])
    writer.add_token_merges([" ".join(m) if isinstance(m, list) else m for m in made["model"]["merges"]])
    writer.add_eos_token_id(0)


def gguf_name(name):
    if name in WHOLE:
        return WHOLE[name]
    _, layer, *part, kind = name.split(".")
    return f"blk.{layer}.{IN_LAYER['.'.join(part)]}.{kind}"


def main():
    with open("gpt2/config.json", encoding="utf-8") as file:
        config = json.load(file)
    writer = gguf.GGUFWriter("gpt2.gguf", "gpt2")
    add_sizes(writer, config)
    add_tokenizer(writer)
    for name, value in load_file("gpt2/model.safetensors").items():
        name = name.removeprefix("transformer.")
        if name == "lm_head.weight":
            continue
        lies = name.endswith((".c_attn.weight", ".c_proj.weight", ".c_fc.weight"))
        writer.add_tensor(gguf_name(name), np.ascontiguousarray(value.T if lies else value))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main()
