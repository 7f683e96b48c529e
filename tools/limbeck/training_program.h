#pragma once

#include <filesystem>
#include <string>

namespace limbeck::tools {

/// Where limbeck-train is: beside this program, or in libexec/limbeck of the same prefix; empty
/// when it is not there (built without LibTorch).
std::filesystem::path training_program();

/// The same for any program that is installed with this one, in its own folder too.
std::filesystem::path sibling_program(const std::string& name);

}  // namespace limbeck::tools
