#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace limbeck::test {
namespace {

namespace fs = std::filesystem;

/// What each folder may include; a folder is found by the longest prefix. Itself is always allowed.
const std::map<std::string, std::set<std::string>> kMayInclude = {
    {"nlp/core", {}},
    {"nlp/text", {"nlp/core"}},
    {"nlp/kernel", {"nlp/core"}},
    {"nlp/tensor", {"nlp/core"}},
    {"nlp/report", {"nlp/core"}},
    {"nlp/encode", {"nlp/core", "nlp/kernel", "nlp/tensor", "nlp/text"}},
    {"nlp/causal", {"nlp/core", "nlp/kernel", "nlp/tensor", "nlp/text"}},
    {"nlp/model", {"nlp/core", "nlp/kernel", "nlp/tensor", "nlp/text", "nlp/encode", "nlp/causal"}},
    {"nlp/train", {"nlp/core", "nlp/kernel", "nlp/tensor", "nlp/report"}},
    {"data", {"nlp/core", "nlp/text"}},
    {"distill/student", {"nlp/core", "nlp/kernel", "nlp/tensor", "nlp/text", "nlp/encode"}},
    {"distill", {"nlp", "data", "distill/student"}},
    {"verify/bound", {"nlp/core"}},
    {"verify/graph", {"nlp/core"}},
    {"verify/options", {"nlp/core"}},
    {"verify/region", {"nlp/core", "verify/bound"}},
    {"verify/rigor", {"nlp/core"}},
    {"verify/certificate", {"nlp/core", "nlp/tensor", "verify/rigor"}},
    {"verify/relax", {"nlp/core", "verify/bound", "verify/graph", "verify/rigor"}},
    {"verify/trace", {"nlp/core", "verify/graph"}},
    {"verify/pass",
     {"nlp/core", "verify/bound", "verify/graph", "verify/options", "verify/region", "verify/relax",
      "verify/rigor"}},
    {"verify/network",
     {"nlp/core", "nlp/encode", "nlp/tensor", "nlp/text", "verify/graph", "verify/options",
      "verify/trace", "verify/pass"}},
    {"verify/certify",
     {"nlp/core", "nlp/report", "nlp/tensor", "nlp/text", "data", "verify/bound", "verify/graph",
      "verify/options", "verify/region", "verify/pass", "verify/network", "verify/rigor",
      "verify/trace"}},
    {"verify/train",
     {"nlp", "data", "verify/bound", "verify/graph", "verify/options", "verify/region",
      "verify/pass", "verify/network", "verify/certify"}},
    {"fairness", {"nlp", "data"}},
    {"tools", {"nlp", "data", "distill", "fairness", "verify", "tests/support"}},
    {"tests", {"nlp", "data", "distill", "fairness", "verify", "tools"}},
};

/// Folders whose files may include LibTorch.
const std::vector<std::string> kTorchFolders = {
    "nlp/model",           "nlp/train",           "distill/train", "distill/loss",
    "fairness/regularize", "fairness/train",      "verify/bound",  "verify/graph",
    "verify/region",       "verify/relax",        "verify/trace",  "verify/pass",
    "verify/network",      "verify/certify",      "verify/train",  "tools/bench",
    "tools/cmake",         "tools/limbeck/train", "tests"};

bool is_below(const std::string& path, const std::string& folder) {
  return path.starts_with(folder + "/");
}

/// The row of the table that a path belongs to, empty when there is none.
std::string folder_of(const std::string& path) {
  std::string best;
  for (const auto& [folder, allowed] : kMayInclude)
    if (is_below(path, folder) && folder.size() > best.size()) best = folder;
  return best;
}

struct SourceFile {
  std::string path;  ///< from the root
  int64_t lines = 0;
  std::vector<std::string> quoted, angled;  ///< what it includes
};

SourceFile read_source(const fs::path& file, const fs::path& root) {
  SourceFile source;
  source.path = fs::relative(file, root).generic_string();
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    ++source.lines;
    if (!line.starts_with("#include ")) continue;
    const std::string name = line.substr(10, line.find_first_of("\">", 10) - 10);
    (line[9] == '"' ? source.quoted : source.angled).push_back(name);
  }
  return source;
}

const std::vector<SourceFile>& sources() {
  static const std::vector<SourceFile> all = [] {
    std::vector<SourceFile> found;
    const fs::path root = LIMBECK_SOURCE_DIR;
    for (const char* top : {"nlp", "data", "distill", "fairness", "verify", "tools", "tests"}) {
      if (!fs::exists(root / top)) continue;
      for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
        const std::string ending = entry.path().extension().string();
        if (entry.is_regular_file() && (ending == ".h" || ending == ".cpp"))
          found.push_back(read_source(entry.path(), root));
      }
    }
    return found;
  }();
  return all;
}

/// The sentence of a forbidden include, empty when it is allowed.
std::string violation(const std::string& path, const std::string& included) {
  const std::string from = folder_of(path), to = folder_of(included);
  if (from.empty()) return path + ": its folder is not in the table of this test";
  if (to.empty()) return path + ": includes " + included + ", which is in no folder of the table";
  if (to == from) return "";
  for (const std::string& allowed : kMayInclude.at(from))
    if (to == allowed || is_below(to, allowed) || is_below(included, allowed)) return "";
  return path + ": may not include " + included;
}

bool is_torch(const std::string& header) {
  for (const char* start : {"torch/", "ATen/", "c10/"})
    if (header.starts_with(start)) return true;
  return false;
}

TEST(Layering, TheTreeIsRead) { EXPECT_GT(sources().size(), 100u); }

TEST(Layering, IncludesFollowTheFolderGraph) {
  for (const SourceFile& source : sources())
    for (const std::string& included : source.quoted) {
      const bool exists = fs::exists(fs::path(LIMBECK_SOURCE_DIR) / included);
      EXPECT_TRUE(exists) << source.path << ": " << included << " is no path from the root";
      const std::string sentence = exists ? violation(source.path, included) : "";
      EXPECT_EQ(sentence, "");
    }
}

/// Its open templates are instantiated in every file that reads it: 6 seconds each.
TEST(Layering, NoFileIncludesTheWholeOfLibTorch) {
  for (const SourceFile& source : sources())
    for (const std::string& included : source.angled)
      EXPECT_NE(included, "torch/torch.h") << source.path << ": include what it uses instead";
}

TEST(Layering, TheTableIsAcyclic) {
  // Each row allows only folders that an earlier pass has placed; "nlp" stands for all below it.
  std::set<std::string> placed;
  for (size_t pass = 0; pass < kMayInclude.size(); ++pass)
    for (const auto& [folder, allowed] : kMayInclude) {
      const bool is_ready = std::all_of(allowed.begin(), allowed.end(), [&](const std::string& to) {
        return std::all_of(kMayInclude.begin(), kMayInclude.end(), [&](const auto& row) {
          const bool is_meant = row.first == to || is_below(row.first, to);
          return !is_meant || placed.contains(row.first);
        });
      });
      if (is_ready) placed.insert(folder);
    }
  EXPECT_EQ(placed.size(), kMayInclude.size());
}

TEST(Layering, AForbiddenIncludeIsSeen) {
  EXPECT_EQ(violation("nlp/core/x.cpp", "nlp/text/utf8.h"),
            "nlp/core/x.cpp: may not include nlp/text/utf8.h");
  EXPECT_EQ(violation("data/x.h", "distill/student/pooling.h"),
            "data/x.h: may not include distill/student/pooling.h");
  EXPECT_EQ(violation("distill/teacher/x.h", "distill/student/pooling.h"), "");
  EXPECT_EQ(violation("distill/student/x.h", "distill/teacher/teacher_cache.h"),
            "distill/student/x.h: may not include distill/teacher/teacher_cache.h");
}

TEST(Layering, LibTorchStaysInItsFolders) {
  for (const SourceFile& source : sources()) {
    const bool is_allowed =
        std::any_of(kTorchFolders.begin(), kTorchFolders.end(),
                    [&](const std::string& folder) { return is_below(source.path, folder); });
    for (const std::string& header : source.angled)
      EXPECT_FALSE(is_torch(header) && !is_allowed)
          << source.path << " includes <" << header << ">";
  }
}

TEST(Layering, TorchFreeFilesDoNotReachLibTorchThroughOthers) {
  std::map<std::string, const SourceFile*> by_path;
  for (const SourceFile& source : sources()) by_path[source.path] = &source;
  for (const SourceFile& start : sources()) {
    if (!is_below(start.path, "tools/limbeck") || is_below(start.path, "tools/limbeck/train"))
      continue;
    std::set<std::string> seen;
    std::vector<std::string> open = {start.path};
    while (!open.empty()) {
      const std::string path = open.back();
      open.pop_back();
      if (!seen.insert(path).second || !by_path.contains(path)) continue;
      for (const std::string& header : by_path[path]->angled)
        EXPECT_FALSE(is_torch(header)) << start.path << " reaches <" << header << "> by " << path;
      for (const std::string& included : by_path[path]->quoted) open.push_back(included);
    }
  }
}

TEST(Budget, NoFileIsLongerThan600Lines) {
  for (const SourceFile& source : sources()) EXPECT_LE(source.lines, 600) << source.path;
}

TEST(Budget, HalfOfTheFilesHaveAtMost80LinesAndFewMoreThan400) {
  std::vector<int64_t> lines;
  for (const SourceFile& source : sources())
    if (!is_below(source.path, "tests")) lines.push_back(source.lines);
  std::sort(lines.begin(), lines.end());
  EXPECT_LE(lines[lines.size() / 2], 80);
  EXPECT_LE(lines[lines.size() * 95 / 100], 400);
}

}  // namespace
}  // namespace limbeck::test
