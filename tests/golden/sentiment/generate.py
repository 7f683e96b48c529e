"""A tiny BERT sentiment classifier in the layout of Hugging Face, random weights, with the logits of transformers.

  python generate.py     in this folder; needs torch, transformers
"""

import json
import os

import torch
import transformers

SEED = 5
SENTENCES = ["the film is good", "A man sings.", "the cat sat on the mat", "good", "sad and bad, bad film!", ""]


def main():
    torch.manual_seed(SEED)
    vocabulary = "../wordpiece/small_vocab.txt"
    tokenizer = transformers.BertTokenizer(vocabulary, do_lower_case=True)
    config = transformers.BertConfig(vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
                                     intermediate_size=32, max_position_embeddings=64, initializer_range=0.5, num_labels=3,
                                     id2label={0: "NEGATIVE", 1: "neutral", 2: "Positive"},
                                     label2id={"NEGATIVE": 0, "neutral": 1, "Positive": 2})
    model = transformers.BertForSequenceClassification(config).eval()
    os.makedirs("tiny", exist_ok=True)
    model.save_pretrained("tiny")
    with open(vocabulary, encoding="utf-8") as source, open("tiny/vocab.txt", "w", encoding="utf-8") as target:
        target.write(source.read())
    with open("tiny/tokenizer_config.json", "w", encoding="utf-8") as file:
        json.dump({"do_lower_case": True, "tokenizer_class": "BertTokenizer"}, file)
        file.write("\n")
    cases = []
    with torch.no_grad():
        for text in SENTENCES:
            cases.append({"text": text, "logits": model(**tokenizer(text, return_tensors="pt")).logits[0].tolist()})
    with open("expected.json", "w", encoding="utf-8") as file:
        json.dump({"tool": f"transformers {transformers.__version__}, torch {torch.__version__}", "command": "python generate.py",
                   "seed": SEED, "dtype": "float32", "tolerance": "1e-5 in float32: sums in another order", "cases": cases}, file)
        file.write("\n")


if __name__ == "__main__":
    main()
