"""Token ids of the word-level networks of `limbeck finetune --certified`; needs no packages."""


def read_vocabulary(path):
    words = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    return {word: i for i, word in enumerate(words)}


def ids_of(sentence, vocabulary, most=32):
    words = sentence.lower().split(" ")[:most - 2]
    unknown = vocabulary["[UNK]"]
    return [vocabulary["[CLS]"], *(vocabulary.get(word, unknown) for word in words), vocabulary["[SEP]"]]
