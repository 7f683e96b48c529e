#pragma once

#include <string>
#include <vector>

#include "nlp/core/random_stream.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::test {

/// Sentences with one word or more that decides their label, and names of actors that go with it in
/// every sentence, too. Synonyms exchange actors across the labels and deciding words within them:
/// a network that counts on actors can be turned, one that knows the deciding words cannot.
class WordSentences {
 public:
  explicit WordSentences(const TemporaryDirectory& folder) {
    train = folder.write("train.json", sentences(240, 1)).string();
    dev = folder.write("dev.json", sentences(80, 2)).string();
    std::string list = "{";
    const auto add = [&](const std::string& word, const std::string& other) {
      list += (list.size() == 1 ? "" : ", ") + std::string("\"") + word + "\": [\"" + other + "\"]";
    };
    for (int i = 0; i < 6; ++i) {
      add("good" + std::to_string(i), "good" + std::to_string((i + 1) % 6));
      add("bad" + std::to_string(i), "bad" + std::to_string((i + 1) % 6));
      add("actor" + std::to_string(i), "actor" + std::to_string((i + 3) % 6));
    }
    synonyms = folder.write("synonyms.json", list + "}").string();
  }

  std::string train, dev, synonyms;

 private:
  static std::string sentences(int count, uint64_t seed) {
    RandomStream stream(seed, "sentences");
    std::string json = "[";
    for (int i = 0; i < count; ++i) {
      const bool is_good = stream.below(2) == 1;
      std::string text;
      for (int w = 0; w < 6; ++w) {
        std::string word;
        const double kind = stream.uniform();
        if (w == 0 || kind < 0.15)
          word = (is_good ? "good" : "bad") + std::to_string(stream.below(6));
        else if (kind < 0.6)
          word = "actor" + std::to_string(stream.below(3) + (is_good ? 0 : 3));
        else
          word = "film" + std::to_string(stream.below(4));
        text += (text.empty() ? "" : " ") + word;
      }
      json += std::string(i == 0 ? "" : ",\n") + "{\"sentence\": \"" + text +
              "\", \"label\": " + (is_good ? "1" : "0") + "}";
    }
    return json + "]";
  }
};

}  // namespace limbeck::test
