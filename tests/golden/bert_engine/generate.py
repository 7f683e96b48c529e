"""Writes the golden outputs of BERT with Hugging Face transformers and sentence-transformers.

    python generate.py TEACHER_DIRECTORY

Needs torch, transformers, sentence-transformers, safetensors. Not needed by builds or tests.
"""

import json
import pathlib
import platform
import sys

import sentence_transformers
import torch
import transformers
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
COLUMNS = [0, 5, 77, 128, 199, 256, 311, 383]


def read_texts():
    return [tuple(line.split("\t")) for line in (HERE / "sentences.tsv").read_text().splitlines()]


def hidden_states(model, ids, types):
    with torch.no_grad():
        return model(input_ids=torch.tensor([ids]), token_type_ids=torch.tensor([types])).last_hidden_state[0]


def teacher(directory):
    tokenizer = transformers.AutoTokenizer.from_pretrained(directory)
    model = transformers.AutoModel.from_pretrained(directory, dtype=torch.float32, attn_implementation="eager").eval()
    encoder = sentence_transformers.SentenceTransformer(directory, device="cpu")
    ids, types, lengths, states, singles = [], [], [], [], []
    for text in read_texts():
        encoded = tokenizer(*text, truncation=True, max_length=encoder.max_seq_length)
        ids += encoded["input_ids"]
        types += encoded["token_type_ids"]
        lengths.append(len(encoded["input_ids"]))
        states.append(hidden_states(model, encoded["input_ids"], encoded["token_type_ids"])[:, COLUMNS])
        if len(text) == 1:
            singles.append(text[0])
    pooled = torch.tensor(encoder.encode(singles, batch_size=1))
    save_file(
        {
            "ids": torch.tensor(ids, dtype=torch.int32),
            "type_ids": torch.tensor(types, dtype=torch.int32),
            "lengths": torch.tensor(lengths, dtype=torch.int32),
            "columns": torch.tensor(COLUMNS, dtype=torch.int32),
            "states": torch.cat(states).contiguous(),
            "vectors": pooled,
        },
        HERE / "all-MiniLM-L6-v2.safetensors",
    )


def tiny():
    torch.manual_seed(7)
    directory = HERE / "tiny"
    directory.mkdir(exist_ok=True)
    sizes = dict(vocab_size=50, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=72,
                 max_position_embeddings=40, type_vocab_size=2)
    model = transformers.BertModel(transformers.BertConfig(**sizes), add_pooling_layer=False).eval()
    for parameter in model.parameters():  # wide enough that every activation leaves its linear part
        parameter.data = torch.randn_like(parameter) * (0.3 if parameter.dim() == 2 else 0.5)
    model.save_pretrained(directory)
    words = [f"w{i}" for i in range(45)]
    (directory / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + words) + "\n")
    (directory / "tokenizer_config.json").write_text(json.dumps({"do_lower_case": True, "tokenizer_class": "BertTokenizer"}))
    sentences = [[2, 10, 11, 3], [2, 49, 7, 3, 8, 9, 3], [2] + [5 + i % 45 for i in range(38)] + [3]]
    types = [[0] * 4, [0, 0, 0, 0, 1, 1, 1], [0] * 40]
    tensors = {}
    for activation in ("gelu", "gelu_new", "relu"):
        variant = transformers.BertModel(transformers.BertConfig(**sizes, hidden_act=activation), add_pooling_layer=False)
        variant.load_state_dict(model.state_dict())
        variant.eval()
        tensors[activation] = torch.cat([hidden_states(variant, i, t) for i, t in zip(sentences, types)]).contiguous()
    save_file(tensors, HERE / "tiny" / "golden.safetensors")


def origin(directory):
    (HERE / "origin.json").write_text(
        json.dumps(
            {
                "tool": "Hugging Face transformers BertModel, sentence-transformers",
                "versions": {
                    "torch": torch.__version__,
                    "transformers": transformers.__version__,
                    "sentence-transformers": sentence_transformers.__version__,
                    "python": platform.python_version(),
                },
                "command": "python tests/golden/bert_engine/generate.py TEACHER_DIRECTORY",
                "teacher": "all-MiniLM-L6-v2, model.safetensors sha256 "
                "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
                "seed": 7,
                "dtype": "float32",
                "tolerance": "2e-5 absolute on states: both sides round float32 sums of up to 1536 terms in another order",
            },
            indent=2,
        )
        + "\n"
    )


if __name__ == "__main__":
    teacher(sys.argv[1])
    tiny()
    origin(sys.argv[1])
