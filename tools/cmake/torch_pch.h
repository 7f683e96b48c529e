// Private precompiled header of the targets that use LibTorch; public headers include only what
// they need.
#pragma once
#include <torch/torch.h>
