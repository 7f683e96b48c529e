// Private precompiled header of the tests of what uses LibTorch; see LimbeckTargets.cmake.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/cmake/pch_module.h"
