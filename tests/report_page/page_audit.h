#pragma once

namespace limbeck::page_check {

/// JavaScript that runs in the page and returns a JSON list of faults for a window `__WIDTH__` px
/// wide.
extern const char* const kPageAudit;

}  // namespace limbeck::page_check
