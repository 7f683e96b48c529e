#include "tools/limbeck/train/run_context.h"

#include <cstdio>

#include "data/asset.h"

namespace limbeck::tools {

RunContext run_context_of(const Command& command, const OutputDirectoryOptions& directory,
                          const Invocation& invocation) {
  RunContext context;
  context.existing = directory.resume      ? ExistingOutput::kResume
                     : directory.overwrite ? ExistingOutput::kOverwrite
                                           : ExistingOutput::kRefuse;
  context.progress = parse_progress_mode(command.general().progress);
  context.cache = data::cache_directory();
  Invocation line;
  for (const std::string& word : invocation.words)
    if (word != "--overwrite" && word != "--resume") line.words.push_back(word);
  context.command = line.line();
  line.words.push_back("--resume");
  context.resume_line = line.line();
  if (!command.is_quiet())
    context.notice = [](const std::string& line) {
      std::fprintf(stderr, "limbeck: %s\n", line.c_str());
    };
  return context;
}

}  // namespace limbeck::tools
