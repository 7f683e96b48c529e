#!/usr/bin/env python3
"""Writes the golden files of this folder: modules of sentence-transformers behind the tiny BERT of ../bert_engine.

Usage: generate.py (with sentence-transformers and torch; origin.json says which versions made the files).
The modules are random; sentence-transformers itself saves them, loads them again and makes the vectors.
"""

import json
import shutil
import tempfile
from pathlib import Path

import sentence_transformers
import torch
import transformers
from safetensors.torch import save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.models import Dense, Normalize, Pooling, Transformer

HERE = Path(__file__).resolve().parent
TINY = HERE.parent / "bert_engine" / "tiny"
IDS = [[2, 10, 11, 3], [2, 49, 7, 8, 9, 44, 3], [2, 3]]
WIDTH = 32


def cases() -> dict[str, list[torch.nn.Module]]:
    return {
        "dense": [Pooling(WIDTH, "cls"), Dense(WIDTH, 20), Normalize()],
        "residual": [
            Pooling(WIDTH, "mean"),
            Dense(WIDTH, WIDTH, activation_function=torch.nn.GELU(), use_residual=True),
            Dense(WIDTH, 8, bias=False, activation_function=torch.nn.Identity(), use_residual=True),
        ],
        "modes": [Pooling(WIDTH, ("mean", "cls")), Normalize(), Dense(2 * WIDTH, 12, activation_function=torch.nn.ReLU())],
    }


def vectors(model: SentenceTransformer) -> torch.Tensor:
    rows = []
    for ids in IDS:
        features = {"input_ids": torch.tensor([ids]), "attention_mask": torch.ones(1, len(ids), dtype=torch.int64)}
        with torch.no_grad():
            rows.append(model(features)["sentence_embedding"][0])
    return torch.stack(rows)


def main() -> None:
    torch.manual_seed(1)
    expected = {}
    for name, modules in cases().items():
        with tempfile.TemporaryDirectory() as folder:
            SentenceTransformer(modules=[Transformer(str(TINY)), *modules], device="cpu").save(folder)
            model = SentenceTransformer(folder, device="cpu").eval()
            expected[name] = vectors(model)
            shutil.rmtree(HERE / name, ignore_errors=True)
            (HERE / name).mkdir()
            shutil.copy(Path(folder) / "modules.json", HERE / name)
            for part in sorted(Path(folder).glob("[1-9]_*")):
                shutil.copytree(part, HERE / name / part.name)
    save_file(expected, HERE / "expected.safetensors")
    versions = {m.__name__: m.__version__ for m in (sentence_transformers, torch, transformers)}
    (HERE / "origin.json").write_text(json.dumps(versions, indent=2) + "\n")


if __name__ == "__main__":
    main()
