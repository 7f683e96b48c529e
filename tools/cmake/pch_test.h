// Private precompiled header of the tests; see LimbeckTargets.cmake.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
