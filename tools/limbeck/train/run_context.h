#pragma once

#include "nlp/core/run_context.h"
#include "tools/limbeck/command.h"

namespace limbeck::tools {

/// What a training command tells the library of the program around it, with the line that resumes
/// it.
RunContext run_context_of(const Command& command, const OutputDirectoryOptions& directory,
                          const Invocation& invocation);

}  // namespace limbeck::tools
