// Carries the precompiled header that every target with LibTorch reuses; see LimbeckTargets.cmake.
