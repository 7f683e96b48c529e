"""The reference: PyPI tokenizers, from tokenizer.json or built from vocab.txt as transformers' BertTokenizer builds it."""

import json
import os

from tokenizers import Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import WordPiece


def load_vocab(path):
    with open(path, encoding="utf-8", newline="\n") as lines:
        return {line.rstrip("\n").removesuffix("\r"): i for i, line in enumerate(lines)}


def from_vocab(path, lowercase=True, strip_accents=None, tokenize_chinese_chars=True):
    vocab = load_vocab(path)
    tokenizer = Tokenizer(WordPiece(vocab, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(
        clean_text=True, handle_chinese_chars=tokenize_chinese_chars, strip_accents=strip_accents, lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(prefix="##")
    tokenizer.add_special_tokens([t for t in ("[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]") if t in vocab])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0", pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[("[CLS]", vocab["[CLS]"]), ("[SEP]", vocab["[SEP]"])])
    return tokenizer


def from_directory(directory):
    """tokenizer.json when it is there, else vocab.txt with the settings of tokenizer_config.json."""
    path = os.path.join(directory, "tokenizer.json")
    if os.path.exists(path):
        tokenizer = Tokenizer.from_file(path)
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer
    config = json.load(open(os.path.join(directory, "tokenizer_config.json"), encoding="utf-8"))
    return from_vocab(os.path.join(directory, "vocab.txt"), config.get("do_lower_case", True),
                      config.get("strip_accents"), config.get("tokenize_chinese_chars", True))


def encode(tokenizer, text, pair, max_length):
    tokenizer.enable_truncation(max_length) if max_length else tokenizer.no_truncation()
    return tokenizer.encode(text, pair) if pair is not None else tokenizer.encode(text)


def byte_offsets(text):
    offsets = [0]
    for c in text:
        offsets.append(offsets[-1] + len(c.encode("utf-8")))
    return offsets
