# Finds a LibTorch that runs on the CPU, with or without CUDA libraries beside it, and defines the target limbeck_torch.
#
# Looks in LIMBECK_TORCH (cache or environment), CMAKE_PREFIX_PATH, then where tools/bootstrap unpacks the pinned one.
# The package of the PyPI wheel insists on a CUDA toolkit; linking libtorch_cpu and libc10 needs none.
set(_limbeck_cache "$ENV{LIMBECK_CACHE}")
if(NOT _limbeck_cache)
  if(DEFINED ENV{XDG_CACHE_HOME})
    set(_limbeck_cache "$ENV{XDG_CACHE_HOME}/limbeck")
  else()
    set(_limbeck_cache "$ENV{HOME}/.cache/limbeck")
  endif()
endif()
set(LIMBECK_TORCH "$ENV{LIMBECK_TORCH}" CACHE PATH "LibTorch folder: the one with include/ and lib/")
file(GLOB _limbeck_cached "${_limbeck_cache}/libtorch-*/torch")
list(SORT _limbeck_cached COMPARE NATURAL ORDER DESCENDING)

set(_limbeck_hints ${LIMBECK_TORCH} ${CMAKE_PREFIX_PATH} ${_limbeck_cached})
find_path(LIMBECK_TORCH_INCLUDE_DIR torch/csrc/api/include/torch/torch.h
  HINTS ${_limbeck_hints} PATH_SUFFIXES include torch/include NO_DEFAULT_PATH)
cmake_path(GET LIMBECK_TORCH_INCLUDE_DIR PARENT_PATH LIMBECK_TORCH_ROOT)
find_library(LIMBECK_TORCH_CPU_LIBRARY torch_cpu HINTS "${LIMBECK_TORCH_ROOT}/lib" NO_DEFAULT_PATH)
find_library(LIMBECK_TORCH_C10_LIBRARY c10 HINTS "${LIMBECK_TORCH_ROOT}/lib" NO_DEFAULT_PATH)
mark_as_advanced(LIMBECK_TORCH_INCLUDE_DIR LIMBECK_TORCH_CPU_LIBRARY LIMBECK_TORCH_C10_LIBRARY)

if(LIMBECK_TORCH_INCLUDE_DIR)
  foreach(_version_header torch/headeronly/version.h torch/csrc/api/include/torch/version.h)
    if(NOT _version_lines AND EXISTS "${LIMBECK_TORCH_INCLUDE_DIR}/${_version_header}")
      file(STRINGS "${LIMBECK_TORCH_INCLUDE_DIR}/${_version_header}" _version_lines
        REGEX "#define TORCH_VERSION_(MAJOR|MINOR|PATCH) [0-9]+")
    endif()
  endforeach()
  string(REGEX REPLACE "[^0-9;]+" "" _version_list "${_version_lines}")
  list(JOIN _version_list "." LimbeckTorch_VERSION)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LimbeckTorch
  REQUIRED_VARS LIMBECK_TORCH_CPU_LIBRARY LIMBECK_TORCH_C10_LIBRARY LIMBECK_TORCH_INCLUDE_DIR
  VERSION_VAR LimbeckTorch_VERSION
  REASON_FAILURE_MESSAGE "run tools/bootstrap, or set LIMBECK_TORCH to a LibTorch >= 2.9, or configure with -DLIMBECK_WITH_TORCH=OFF")
if(LimbeckTorch_FOUND AND LimbeckTorch_VERSION VERSION_LESS 2.9)
  message(FATAL_ERROR "LibTorch at ${LIMBECK_TORCH_ROOT} is ${LimbeckTorch_VERSION}; limbeck needs >= 2.9 (run tools/bootstrap)")
endif()

if(LimbeckTorch_FOUND AND NOT TARGET limbeck_torch)
  file(GLOB _limbeck_gomp "${LIMBECK_TORCH_ROOT}/lib/libgomp*.so*")
  # Imported: an installed library names it, and the consumer's run of this module defines it there.
  add_library(limbeck_torch INTERFACE IMPORTED GLOBAL)
  target_include_directories(limbeck_torch SYSTEM INTERFACE
    "${LIMBECK_TORCH_INCLUDE_DIR}" "${LIMBECK_TORCH_INCLUDE_DIR}/torch/csrc/api/include")
  target_compile_definitions(limbeck_torch INTERFACE _GLIBCXX_USE_CXX11_ABI=1)
  target_link_libraries(limbeck_torch INTERFACE
    "${LIMBECK_TORCH_CPU_LIBRARY}" "${LIMBECK_TORCH_C10_LIBRARY}" Threads::Threads)
  # The wheel's libtorch_cpu names CUDA's runtime and profiler libraries: bootstrap puts both beside it.
  target_link_options(limbeck_torch INTERFACE "-Wl,--allow-shlib-undefined" "-Wl,-rpath,${LIMBECK_TORCH_ROOT}/lib"
    "-Wl,-rpath-link,${LIMBECK_TORCH_ROOT}/lib")
  message(STATUS "LibTorch ${LimbeckTorch_VERSION} at ${LIMBECK_TORCH_ROOT}")
endif()
