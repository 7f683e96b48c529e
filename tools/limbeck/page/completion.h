#pragma once

#include <string>

namespace limbeck::tools {

/// A script for bash that completes commands, options, fixed words, files and directories; needs no
/// other package. The function is `_limbeck`.
std::string bash_completion();

/// The same for zsh, to be placed in $fpath as `_limbeck`.
std::string zsh_completion();

/// The same for fish.
std::string fish_completion();

}  // namespace limbeck::tools
