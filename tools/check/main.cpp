#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "verify/certificate/check.h"
#include "verify/certificate/not_certified.h"

/// limbeck-check FILE|DIR...: one line a certificate.
namespace limbeck::tools {
namespace {

namespace fs = std::filesystem;

constexpr const char* kHelp =
    "limbeck-check: verifies certificates of limbeck certify --certificate. What it trusts:\n"
    "that the graph in a certificate is the model's, with every constant that it does not\n"
    "take from the model's file (of a TorchScript file none is).\n"
    "\n"
    "  limbeck-check [options] FILE|DIR...   a line for each certificate; of a directory, each\n"
    "                                        item-*.json in it or in its folder certificates\n"
    "\n"
    "  --model FILE       model file, instead of the one that the certificate names\n"
    "  --vocabulary FILE  list of words or tokenizer.json, instead of the one that it names\n"
    "  --data FILE        inputs, instead of those that the certificate names\n"
    "  --version, --help\n"
    "\n"
    "Exit: 0 all are proofs, 1 one is not, 2 wrong usage, 3 one is malformed or unreadable,\n"
    "5 internal error.\n";

struct Arguments {
  std::vector<std::string> paths;
  verify::CertificateFiles files;
};

/// What an option sets; null: it is not known.
std::string* file_of(const std::string& option, verify::CertificateFiles& files) {
  if (option == "--model") return &files.model;
  if (option == "--vocabulary") return &files.vocabulary;
  return option == "--data" ? &files.data : nullptr;
}

Arguments parse(const std::vector<std::string>& words) {
  Arguments arguments;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (std::string* const file = file_of(word, arguments.files)) {
      if (i + 1 == words.size()) throw ConfigError(word + ": expected a value");
      *file = words[++i];
    } else if (word.starts_with("--")) {
      throw ConfigError("unknown option '" + word +
                        "'; known: --model, --vocabulary, --data, --version, "
                        "--help");
    } else {
      arguments.paths.push_back(word);
    }
  }
  if (arguments.paths.empty()) throw ConfigError("expected a certificate or a directory of some");
  return arguments;
}

/// The certificates below a path, in order of their names. Throws: DataError when there is none.
std::vector<fs::path> certificates_at(const fs::path& path) {
  if (!fs::is_directory(path)) return {path};
  const fs::path inner = path / "certificates";
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(fs::is_directory(inner) ? inner : path))
    if (entry.path().extension() == ".json" &&
        entry.path().filename().string().starts_with("item-"))
      files.push_back(entry.path());
  if (files.empty()) throw DataError(path.string() + ": no certificates");
  std::ranges::sort(files);
  return files;
}

/// A text of a file that a stranger wrote, on one line.
std::string printable(std::string text) {
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return text;
}

/// Every line starts with the file; messages of the reader already do.
void print_failure(const fs::path& file, const char* verdict, std::string message) {
  const std::string prefix = file.string() + ": ";
  if (message.starts_with(prefix)) message.erase(0, prefix.size());
  std::printf("%s%s: %s\n", printable(prefix).c_str(), verdict, printable(message).c_str());
}

/// 0, 1, 3 or 5.
int check(const fs::path& file, const verify::CertificateFiles& files) {
  try {
    const verify::CheckedCertificate checked = verify::check_certificate_file(file, files);
    std::printf("%s: certified: %s, label %lld, margin at least %.6g (%zu %s): %s\n",
                printable(file.string()).c_str(), checked.claim.c_str(),
                static_cast<long long>(checked.label), checked.margin, checked.parts,
                checked.parts == 1 ? "part" : "parts", printable(checked.words).c_str());
    return 0;
  } catch (const verify::NotCertified& error) {
    print_failure(file, "not certified", error.what());
    return 1;
  } catch (const Error& error) {
    print_failure(file, "malformed", error.what());
    return 3;
  } catch (const std::exception& error) {  // such as no memory: the others are checked all the same
    print_failure(file, "internal error", error.what());
    return 5;
  }
}

int run(const std::vector<std::string>& words) {
  if (words.size() == 1 && (words[0] == "--help" || words[0] == "-h")) {
    std::fputs(kHelp, stdout);
    return 0;
  }
  if (words.size() == 1 && words[0] == "--version") {
    std::puts("limbeck-check " LIMBECK_VERSION);
    return 0;
  }
  const Arguments arguments = parse(words);
  int worst = 0;
  for (const std::string& path : arguments.paths)
    for (const fs::path& file : certificates_at(path))
      worst = std::max(worst, check(file, arguments.files));
  return worst;
}

int fail(const std::exception& error, int code) {
  std::fprintf(stderr, "limbeck-check: %s\n", error.what());
  return code;
}

int exit_code_of(const std::vector<std::string>& words) {
  try {
    return run(words);
  } catch (const ConfigError& error) {
    return fail(error, 2);
  } catch (const Error& error) {
    return fail(error, 3);
  } catch (const std::exception& error) {
    return fail(error, 5);
  }
}

}  // namespace
}  // namespace limbeck::tools

int main(int argc, char** argv) {
  return limbeck::tools::exit_code_of(std::vector<std::string>(argv + 1, argv + argc));
}
