# Installs libraries, headers, the CMake package and the pkg-config file. Two components of find_package(limbeck):
#   student  inference without LibTorch: limbeck::student and what it stands on
#   train    everything else: limbeck::distill, limbeck::model, limbeck::train, ...
# Installation components have the names limbeck_student and limbeck_train. tests/install builds a consumer of each way.
include(CMakePackageConfigHelpers)
find_package(PkgConfig REQUIRED)

set(LIMBECK_STUDENT_TARGETS limbeck_options limbeck_core limbeck_text limbeck_kernel limbeck_tensor
    limbeck_encode limbeck_student)
set(_cmake_dir "${CMAKE_INSTALL_LIBDIR}/cmake/limbeck")
set(_include_dir "${CMAKE_INSTALL_INCLUDEDIR}/limbeck")

get_property(_all_targets GLOBAL PROPERTY LIMBECK_INSTALLED_TARGETS)
set(_train_targets ${_all_targets})
list(REMOVE_ITEM _train_targets ${LIMBECK_STUDENT_TARGETS})
set_target_properties(limbeck_options PROPERTIES EXPORT_NAME options)

foreach(component student train)
  set(targets ${LIMBECK_STUDENT_TARGETS})
  if(component STREQUAL "train")
    set(targets ${_train_targets})
  endif()
  install(TARGETS ${targets} EXPORT limbeck_${component}
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT limbeck_${component})
  install(EXPORT limbeck_${component} NAMESPACE limbeck:: FILE limbeck-${component}-targets.cmake
    DESTINATION "${_cmake_dir}" COMPONENT limbeck_${component})
endforeach()

# Headers keep their path from the repository root. Kernel sources (-inl.h) and detail folders stay at home.
foreach(folder nlp/core nlp/text nlp/kernel nlp/tensor nlp/encode distill/student)
  install(DIRECTORY "${PROJECT_SOURCE_DIR}/${folder}" DESTINATION "${_include_dir}/${folder}/.."
    COMPONENT limbeck_student FILES_MATCHING PATTERN "*.h" PATTERN "*-inl.h" EXCLUDE)
endforeach()
foreach(folder nlp/report nlp/causal nlp/model nlp/train data distill fairness verify)
  if(NOT LIMBECK_WITH_TORCH AND folder MATCHES "^(nlp/(model|train)|verify)$")
    continue()
  endif()
  cmake_path(GET folder PARENT_PATH parent)
  install(DIRECTORY "${PROJECT_SOURCE_DIR}/${folder}" DESTINATION "${_include_dir}/${parent}"
    COMPONENT limbeck_train FILES_MATCHING PATTERN "*.h" PATTERN "*-inl.h" EXCLUDE
    PATTERN "distill/student" EXCLUDE)
endforeach()

configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/limbeck-config.cmake.in"
  "${PROJECT_BINARY_DIR}/package/limbeck-config.cmake" INSTALL_DESTINATION "${_cmake_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/package/limbeck-config-version.cmake"
  VERSION "${PROJECT_VERSION}" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/package/limbeck-config.cmake"
  "${PROJECT_BINARY_DIR}/package/limbeck-config-version.cmake"
  DESTINATION "${_cmake_dir}" COMPONENT limbeck_student)
install(FILES "${CMAKE_CURRENT_LIST_DIR}/FindLimbeckTorch.cmake"
  DESTINATION "${_cmake_dir}" COMPONENT limbeck_train)

# pkg-config: static libraries, so what they stand on is named in full (Requires, Libs).
cmake_path(IS_ABSOLUTE CMAKE_INSTALL_LIBDIR _libdir_is_absolute)
cmake_path(IS_ABSOLUTE CMAKE_INSTALL_INCLUDEDIR _includedir_is_absolute)
set(_pc_libdir "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
set(_pc_includedir "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
if(_libdir_is_absolute)
  set(_pc_libdir "${CMAKE_INSTALL_LIBDIR}")
endif()
if(_includedir_is_absolute)
  set(_pc_includedir "${CMAKE_INSTALL_INCLUDEDIR}")
endif()
configure_file("${CMAKE_CURRENT_LIST_DIR}/limbeck-student.pc.in"
  "${PROJECT_BINARY_DIR}/package/limbeck-student.pc.in" @ONLY)
install(CODE "
  set(prefix \"\${CMAKE_INSTALL_PREFIX}\")
  file(READ \"${PROJECT_BINARY_DIR}/package/limbeck-student.pc.in\" text)
  string(REPLACE \"%PREFIX%\" \"\${prefix}\" text \"\${text}\")
  file(WRITE \"${PROJECT_BINARY_DIR}/package/limbeck-student.pc\" \"\${text}\")"
  COMPONENT limbeck_student)
install(FILES "${PROJECT_BINARY_DIR}/package/limbeck-student.pc"
  DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT limbeck_student)
