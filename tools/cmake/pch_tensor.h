// Private precompiled header of the targets whose LibTorch is tensors; see LimbeckTargets.cmake.
#pragma once
#include <ATen/ATen.h>

#include <nlohmann/json.hpp>
