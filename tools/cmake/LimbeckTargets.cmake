# How every library, program and test of the project is declared: one call a folder, sources are the folder's *.cpp.
include_guard(GLOBAL)

find_program(LIMBECK_CCACHE ccache)
if(LIMBECK_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # A precompiled header needs both settings, or ccache never finds a hit.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      "${CMAKE_COMMAND}" -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}" "${LIMBECK_CCACHE}")
endif()

# The baseline is x86-64-v2; faster instructions are chosen at run time (nlp/kernel).
add_library(limbeck_options INTERFACE)
target_compile_features(limbeck_options INTERFACE cxx_std_20)
target_include_directories(limbeck_options INTERFACE
  "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>" "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/limbeck>")
# Sections of their own let the linker leave out what a program does not call (limbeck-student: --gc-sections).
set(LIMBECK_COMPILE_OPTIONS -Wall -Wextra -Wno-unused-parameter -ffunction-sections -fdata-sections)
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  list(APPEND LIMBECK_COMPILE_OPTIONS -march=x86-64-v2)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND LIMBECK_COMPILE_OPTIONS -fpch-preprocess)
endif()
if(LIMBECK_SANITIZE)
  add_compile_options(-fsanitize=${LIMBECK_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${LIMBECK_SANITIZE})
endif()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_EXTENSIONS OFF)

set_property(GLOBAL PROPERTY LIMBECK_INSTALLED_TARGETS limbeck_options)

# limbeck_library(<name> [TORCH tensor|module] DEPENDS <targets>...): static library limbeck_<name> (alias limbeck::<name>).
function(limbeck_library name)
  cmake_parse_arguments(ARG "" "TORCH" "DEPENDS;PRIVATE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "*.cpp")
  add_library(limbeck_${name} STATIC ${sources})
  add_library(limbeck::${name} ALIAS limbeck_${name})
  set_target_properties(limbeck_${name} PROPERTIES EXPORT_NAME ${name})
  target_compile_options(limbeck_${name} PRIVATE ${LIMBECK_COMPILE_OPTIONS})
  target_link_libraries(limbeck_${name} PUBLIC limbeck_options ${ARG_DEPENDS} PRIVATE ${ARG_PRIVATE})
  if(ARG_TORCH)
    target_link_libraries(limbeck_${name} PUBLIC limbeck_torch)
    limbeck_precompile(limbeck_${name} ${ARG_TORCH})
  endif()
  set_property(GLOBAL APPEND PROPERTY LIMBECK_INSTALLED_TARGETS limbeck_${name})
endfunction()

# limbeck_test(<name> [TORCH] DEPENDS <targets>...): one test program from the folder's *_test.cpp.
function(limbeck_test name)
  cmake_parse_arguments(ARG "TORCH" "" "DEPENDS" ${ARGN})
  if(ARG_TORCH AND NOT LIMBECK_WITH_TORCH)
    return()
  endif()
  file(GLOB sources CONFIGURE_DEPENDS "*_test.cpp")
  add_executable(${name}_test ${sources})
  set_target_properties(${name}_test PROPERTIES UNITY_BUILD OFF)  # tests may name their fixtures alike
  target_compile_options(${name}_test PRIVATE ${LIMBECK_COMPILE_OPTIONS})
  target_compile_definitions(${name}_test PRIVATE LIMBECK_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_link_libraries(${name}_test PRIVATE ${ARG_DEPENDS} limbeck_test_support GTest::gmock GTest::gtest_main)
  if(ARG_TORCH)
    target_link_libraries(${name}_test PRIVATE limbeck_torch)
    limbeck_precompile(${name}_test module_test)
  else()
    limbeck_precompile(${name}_test test)
  endif()
  add_test(NAME ${name} COMMAND ${name}_test)
  set_tests_properties(${name} PROPERTIES TIMEOUT 900 SKIP_REGULAR_EXPRESSION "^nothing-to-skip$")
endfunction()

# Compiles the headers of pch_<kind>.h once for all targets of the kind: tensor, module (both of LibTorch), test, module_test.
# One precompiled header serves libraries and programs alike only when both are compiled with the same flags, so programs
# take -fPIC too.
function(limbeck_precompile target kind)
  set(carrier limbeck_pch_${kind})
  if(NOT TARGET ${carrier})
    add_library(${carrier} OBJECT "${PROJECT_SOURCE_DIR}/tools/cmake/pch.cpp")
    target_compile_options(${carrier} PRIVATE ${LIMBECK_COMPILE_OPTIONS})
    target_link_libraries(${carrier} PRIVATE limbeck_options nlohmann_json::nlohmann_json)
    if(NOT kind STREQUAL "test")
      target_link_libraries(${carrier} PRIVATE limbeck_torch)
    endif()
    if(kind MATCHES "test$")
      target_link_libraries(${carrier} PRIVATE GTest::gmock)
    endif()
    target_precompile_headers(${carrier} PRIVATE "${PROJECT_SOURCE_DIR}/tools/cmake/pch_${kind}.h")
  endif()
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "EXECUTABLE")
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${target} PRIVATE -fPIC)
  endif()
  target_precompile_headers(${target} REUSE_FROM ${carrier})
endfunction()
