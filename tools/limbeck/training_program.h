#pragma once

#include <filesystem>

namespace limbeck::tools {

/// Where limbeck-train is: beside this program, or in libexec/limbeck of the same prefix; empty
/// when it is not there (built without LibTorch).
std::filesystem::path training_program();

}  // namespace limbeck::tools
