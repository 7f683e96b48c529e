// Carries the precompiled headers that targets reuse; see LimbeckTargets.cmake.
