"""Writes tiny/ (a random BERT and its hidden states) and teacher.safetensors (hidden states of the default teacher).

usage: make_golden.py TEACHER_DIRECTORY   (needs torch, transformers, safetensors; see origin.json)
"""
import json
import pathlib
import sys

import torch
import transformers
from safetensors.torch import save_file
from transformers import BertConfig, BertModel

here = pathlib.Path(__file__).parent
torch.manual_seed(20)


def hidden_states(model, sentences, type_ids):
    model.eval()
    out = {}
    for k, (ids, types) in enumerate(zip(sentences, type_ids)):
        with torch.no_grad():
            result = model(torch.tensor([ids]), token_type_ids=torch.tensor([types]), output_hidden_states=True)
        out[f"ids.{k}"] = torch.tensor(ids)
        out[f"type_ids.{k}"] = torch.tensor(types)
        out[f"last.{k}"] = result.last_hidden_state[0].clone()
        out[f"middle.{k}"] = result.hidden_states[1][0].clone()
    return out


config = BertConfig(vocab_size=60, hidden_size=24, num_hidden_layers=2, num_attention_heads=3, intermediate_size=40,
                    max_position_embeddings=16, type_vocab_size=2)
tiny = BertModel(config, add_pooling_layer=True)
for parameter in tiny.parameters():
    parameter.data += 0.1 * torch.randn_like(parameter)
(here / "tiny").mkdir(exist_ok=True)
tiny.save_pretrained(here / "tiny", safe_serialization=True)
sentences = [[2, 17, 5, 33, 3], [2, 59, 3], [2, 8, 9, 10, 11, 3, 40, 41, 3], [2, 7, 7, 21, 3]]
types = [[0] * 5, [0] * 3, [0] * 6 + [1] * 3, [0] * 5]
save_file(hidden_states(tiny, sentences, types), here / "tiny" / "expected.safetensors")

teacher = BertModel.from_pretrained(sys.argv[1])
ids = [[101, 1996, 4248, 2829, 4419, 102], [101, 7592, 102], [101, 2049, 1037, 11951, 1998, 2411, 12473, 4990, 1012, 102]]
save_file(hidden_states(teacher, ids, [[0] * len(s) for s in ids]), here / "teacher.safetensors")
(here / "origin.json").write_text(json.dumps({
    "tool": "transformers", "version": transformers.__version__, "torch": torch.__version__,
    "command": "python make_golden.py TEACHER_DIRECTORY", "seed": 20, "dtype": "float32",
    "tolerance": 2e-5, "why": "max abs difference that the foundation asks for; float32 sums in another order differ by some 1e-6",
    "teacher": "all-MiniLM-L6-v2, model.safetensors sha256 53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
}, indent=2) + "\n")
