#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tools/limbeck/commands.h"
#include "tools/limbeck/training_program.h"

namespace limbeck::tools {
namespace {

struct CheckCertificateOptions {
  std::vector<std::string> certificate;  ///< files, or directories of some
  std::string model;                     ///< empty: the file that each certificate names
  std::string vocabulary;                ///< empty: as well
  std::string data;                      ///< empty: as well

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("certificate", self.certificate, "certificates, or directories that hold some");
    visit("model", self.model, "model file; none: the one that the certificate names");
    visit("vocabulary", self.vocabulary, "list of words; none: the one that the certificate names");
    visit("data", self.data, "inputs; none: those that the certificate names");
  }
};

/// Runs limbeck-check, which shares no code with what made the certificates but the enclosures of
/// functions.
class CheckCertificateCommand final : public Command {
 public:
  CheckCertificateCommand()
      : Command({"check-certificate",
                 "verify proofs of certify --certificate",
                 "Follows each certificate from the words, or the input, to the margin in "
                 "outward-rounded "
                 "arithmetic: the hashes of model and vocabulary or data, the region, every line "
                 "against "
                 "its function, every bound, the substitution. One line a certificate; exit code 1 "
                 "when one proves nothing, 3 when one is malformed.",
                 {{"limbeck check-certificate out/certificates",
                   "verifies all certificates of a run"}}}) {
    table()
        .bind(options_)
        .file("model")
        .file("vocabulary")
        .file("data")
        .positional("certificate", "CERTIFICATE");
    bind_general();
  }

  int run(const Invocation&) override {
    if (options_.certificate.empty())
      throw ConfigError("CERTIFICATE: expected certificates or directories of some");
    const std::filesystem::path program = sibling_program("limbeck-check");
    if (program.empty())
      throw UnsupportedError("check-certificate: limbeck-check is not beside this program");
    std::vector<std::string> words = {"limbeck-check"};
    if (!options_.model.empty()) words.insert(words.end(), {"--model", options_.model});
    if (!options_.vocabulary.empty())
      words.insert(words.end(), {"--vocabulary", options_.vocabulary});
    if (!options_.data.empty()) words.insert(words.end(), {"--data", options_.data});
    words.insert(words.end(), options_.certificate.begin(), options_.certificate.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    ::execv(program.c_str(), argv.data());
    throw DataError(program.string() + ": cannot run: " + std::strerror(errno));
  }

 private:
  CheckCertificateOptions options_;
};

}  // namespace

std::unique_ptr<Command> make_check_certificate() {
  return std::make_unique<CheckCertificateCommand>();
}

}  // namespace limbeck::tools
