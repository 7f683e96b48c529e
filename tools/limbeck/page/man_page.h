#pragma once

#include <string>

#include "tools/limbeck/command.h"

namespace limbeck::tools {

/// limbeck.1 as roff: every command with its summary.
std::string overview_man_page();

/// limbeck-NAME.1 as roff.
std::string man_page(const Command& command);

/// Text as roff prints it literally: backslashes, hyphens and dots at the start of a line escaped.
std::string roff_text(const std::string& text);

}  // namespace limbeck::tools
