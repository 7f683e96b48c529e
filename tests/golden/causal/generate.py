"""Tiny language models with random weights and the scores that transformers gives; greedy tokens of the default model.

  python generate.py MODEL.gguf    in this folder; needs torch, transformers, gguf, tokenizers
"""

import json
import os
import shutil
import sys

import gguf
import numpy as np
import torch
import transformers
from safetensors.numpy import save_file

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../../tools/bench/generate"))
import reference  # noqa: E402

SEED = 3
VOCABULARY = 420  # of ../bpe/gpt2_digits
LLAMA = dict(vocab_size=VOCABULARY, hidden_size=48, intermediate_size=80, num_hidden_layers=2, num_attention_heads=6,
             num_key_value_heads=2, head_dim=16, max_position_embeddings=256, rms_norm_eps=1e-5, bos_token_id=0, eos_token_id=0)
LLAMA3_ROPE = {"rope_type": "llama3", "rope_theta": 10000.0, "factor": 4.0, "low_freq_factor": 1.0,
               "high_freq_factor": 4.0, "original_max_position_embeddings": 64}
MODELS = {
    "llama": (transformers.LlamaForCausalLM, transformers.LlamaConfig(**LLAMA, tie_word_embeddings=True)),
    "llama3_rope": (transformers.LlamaForCausalLM,
                    transformers.LlamaConfig(**LLAMA, tie_word_embeddings=False, rope_parameters=LLAMA3_ROPE)),
    "qwen2": (transformers.Qwen2ForCausalLM, transformers.Qwen2Config(**LLAMA, tie_word_embeddings=True)),
    "gpt2": (transformers.GPT2LMHeadModel, transformers.GPT2Config(
        vocab_size=VOCABULARY, n_positions=256, n_embd=48, n_layer=2, n_head=3, bos_token_id=0, eos_token_id=0)),
}


def write_gguf(net, path):
    """The tiny Llama as llama.cpp keeps it: rotary pairs beside each other."""
    config = net.config
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_key_length(config.head_dim)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    with open(os.path.join(HERE, "../bpe/gpt2_digits/tokenizer.json"), encoding="utf-8") as file:
        made = json.load(file)
    vocabulary = sorted(made["model"]["vocab"], key=made["model"]["vocab"].get)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(vocabulary)
    writer.add_token_types([3 if i == 0 else 1 for i in range(len(vocabulary))])
    writer.add_token_merges([" ".join(m) if isinstance(m, list) else m for m in made["model"]["merges"]])
    writer.add_eos_token_id(0)
    back = {there: here for here, there in reference.NAMES.items()}
    for name, tensor in net.state_dict().items():
        value = tensor.numpy()
        if name == "lm_head.weight":
            continue
        if name == "model.embed_tokens.weight":
            writer.add_tensor("token_embd.weight", value)
            continue
        if name == "model.norm.weight":
            writer.add_tensor("output_norm.weight", value)
            continue
        _, _, layer, *rest = name.split(".")
        part = back[".".join(rest[:-1])]
        if part in ("attn_q", "attn_k"):
            heads = config.num_attention_heads if part == "attn_q" else config.num_key_value_heads
            value = value.reshape(heads, 2, value.shape[0] // heads // 2, -1).swapaxes(1, 2).reshape(value.shape)
        writer.add_tensor(f"blk.{layer}.{part}.weight", np.ascontiguousarray(value))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def tiny_models():
    ids = torch.randint(1, VOCABULARY, (1, 70), generator=torch.Generator().manual_seed(SEED))
    for name, (kind, config) in MODELS.items():
        torch.manual_seed(SEED)
        net = kind(config).eval()
        with torch.no_grad():
            for parameter in net.parameters():  # larger than the initial weights: every part matters
                parameter.copy_(torch.randn_like(parameter) * (0.15 if parameter.dim() > 1 else 0.3)
                                + (1.0 if parameter.dim() == 1 and parameter.abs().sum() > 0 else 0.0))
            net.tie_weights()
            net.save_pretrained(name)
            save_file({"ids": ids[0].to(torch.int32).numpy(), "logits": net(ids).logits[0].numpy()}, f"{name}/expected.safetensors")
        for extra in ("generation_config.json",):
            if os.path.exists(f"{name}/{extra}"):
                os.remove(f"{name}/{extra}")
        shutil.copy("../bpe/gpt2_digits/tokenizer.json", name)
        if name == "llama":
            write_gguf(net, "llama.gguf")


def default_model(path):
    net, tok = reference.model(path), reference.tokenizer(path)
    cases = []
    for text in ["My friend is a teacher, and we", "The 3 largest cities of Italy are"]:
        ids = tok.encode(text).ids
        with torch.inference_mode():
            out = net.generate(torch.tensor([ids]), max_new_tokens=200, do_sample=False, eos_token_id=None, pad_token_id=0)
            logits = net(out).logits[0]
        cases.append({"prompt": text, "ids": ids, "greedy": out[0, len(ids):].tolist(),
                      "logits": {str(p): logits[p, ::1999].tolist() for p in (0, len(ids) - 1, len(out[0]) - 1)}})
    with open("smollm2.json", "w", encoding="utf-8") as file:
        json.dump({"stride": 1999, "cases": cases}, file)
        file.write("\n")


if __name__ == "__main__":
    os.chdir(HERE)
    torch.set_num_threads(2)
    tiny_models()
    if len(sys.argv) > 1:
        default_model(sys.argv[1])
    with open("origin.json", "w", encoding="utf-8") as handle:
        json.dump({"tool": f"transformers {transformers.__version__}, torch {torch.__version__}, gguf for the weights of smollm2.json",
                   "command": "python generate.py MODEL.gguf; python generate_gpt2_gguf.py (gguf 0.19.0) for gpt2.gguf",
                   "seed": SEED, "dtype": "float32",
                   "tolerance": "1e-3 of a score for the default model (2.2e-4 measured), 2e-4 for the tiny ones: products are summed in another order"},
                  handle, indent=2)
        handle.write("\n")
