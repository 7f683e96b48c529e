// Private precompiled header of the targets that use the modules of LibTorch; see LimbeckTargets.cmake. Not torch/torch.h: the
// templates that it leaves open are instantiated in every file, for 6 seconds each.
#pragma once
#include <torch/autograd.h>
#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <nlohmann/json.hpp>
