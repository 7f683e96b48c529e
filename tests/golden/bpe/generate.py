"""Small byte-level BPE tokenizers of every word pattern, trained here with PyPI tokenizers, and the ids they give.

  python generate.py [MODEL.gguf]    in this folder; with the default language model also smollm2.jsonl
"""

import json
import os
import sys

import tokenizers
from tokenizers import decoders, models, pre_tokenizers, trainers

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../tools/bench", part)
                for part in ("generate", "tokenize")]
import edge_lines  # noqa: E402

SEED = 11
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
          r"|\s+(?!\S)|\s+")
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
TRAINING = ["I'm going to the market, they're going home; we've been there 1234 times.\n\n  It'LL be THE 2nd time, don't worry."
            " naïve résumé Straße 東京 こんにちは नमस्ते مرحبا 🙂🙂 x = 3.14159;\treturn y;   // the end\r\n"] * 4
CASES = ["", " ", "  ", "a", "The quick brown fox jumps over 13 lazy dogs in 2024.", "I'm we're it's 'tis 'S 'LL 'Ve ca\u017ft 'ſ",
         "  leading and trailing  ", "tabs\t\tand\nnew\r\nlines \n\n \n x", "1234567890 12 3,456.78 ½ Ⅷ ٣٤ ²", "naïve résumé e\u0301",
         "🙂👩‍👩‍👧 flags 🇮🇹", "a\u00a0b\u2003c\u3000d\u200be", "snake_case camelCase HTTP2Server", "!!!??? ... --- '''",
         "x" * 120, "ab" * 100, " " * 60 + "x", "<|special|>The<|special|> <|special|>", "\u0000\u0001\u007f", "日本語テキスト"]


def pre_tokenizer(kind):
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=kind.startswith("gpt2"))
    if kind == "gpt2":
        return byte_level
    first = (pre_tokenizers.Digits(individual_digits=True) if kind == "gpt2_digits" else
             pre_tokenizers.Split(tokenizers.Regex(LLAMA3 if kind == "llama3" else QWEN2), "isolated"))
    return pre_tokenizers.Sequence([first, byte_level])


def write_cases(path, tokenizer, texts):
    with open(path, "w", encoding="utf-8") as file:
        for text in texts:
            ids = tokenizer.encode(text, add_special_tokens=False).ids
            file.write(json.dumps({"text": text, "ids": ids, "decoded": tokenizer.decode(ids)}) + "\n")


def main():
    edges = edge_lines.edge_lines(150, SEED)
    for kind in ("gpt2", "gpt2_digits", "llama3", "qwen2"):
        made = tokenizers.Tokenizer(models.BPE(ignore_merges=kind == "llama3"))
        made.pre_tokenizer = pre_tokenizer(kind)
        made.decoder = decoders.ByteLevel()
        made.train_from_iterator(TRAINING, trainers.BpeTrainer(
            vocab_size=420, show_progress=False, special_tokens=["<|special|>"],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
        os.makedirs(kind, exist_ok=True)
        with open(f"{kind}/tokenizer.json", "w", encoding="utf-8") as file:
            json.dump(json.loads(made.to_str()), file, ensure_ascii=False, separators=(",", ":"))
            file.write("\n")
        write_cases(f"{kind}/cases.jsonl", made, CASES + edges)
    if len(sys.argv) > 1:
        import reference
        write_cases("smollm2.jsonl", reference.tokenizer(sys.argv[1]), CASES + edges)
    with open("origin.json", "w", encoding="utf-8") as file:
        json.dump({"tool": "PyPI tokenizers " + tokenizers.__version__, "command": "python generate.py MODEL.gguf",
                   "seed": SEED, "tolerance": "none: ids are equal"}, file, indent=2)
        file.write("\n")


if __name__ == "__main__":
    main()
