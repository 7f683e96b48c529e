#pragma once

namespace limbeck {

/// For programs whose passes and updates allocate and free the same large tensors over and over.
/// Left to itself, glibc gives each back to the system, which clears its pages again for the next
/// one. Tensors over 64 MiB still go back: those of zonotopes grow from step to step, and would
/// leave holes too small for the next. Call it before threads start.
void keep_freed_memory();

}  // namespace limbeck
