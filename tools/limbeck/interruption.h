#pragma once

#include <string>

namespace limbeck::tools {

/// Throws: Interrupted `interrupted; <remedy>` when the user asked to stop.
void stop_if_interrupted(const std::string& remedy);

}  // namespace limbeck::tools
