#pragma once

#include "tools/limbeck/command.h"
#include "verify/options/certify_options.h"

namespace limbeck::tools {

/// `limbeck certify`: the option tree needs no LibTorch, the work is done by limbeck-train.
class CertifyCommand final : public Command {
 public:
  CertifyCommand();
  int run(const Invocation& invocation) override;

  const verify::CertifyOptions& options() const { return options_; }
  const OutputDirectoryOptions& directory() const { return directory_; }

 private:
  verify::CertifyOptions options_;
  OutputDirectoryOptions directory_;
};

}  // namespace limbeck::tools
