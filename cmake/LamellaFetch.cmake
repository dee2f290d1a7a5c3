# LAMELLA_FETCH_DEPENDENCIES: `lamella_fetch(PACKAGE)` brings a package that find_package has not found, from its own
# repository at a fixed version, and leaves what lamella_require expects: PACKAGE_FOUND and the package's usual targets.
# Needs git and the network while configuring; an install made this way works where the same packages are installed.
include(FetchContent)
set(LAMELLA_FETCH_PREFIX ${PROJECT_BINARY_DIR}/_deps/prefix)

# Headers only: nothing of theirs is configured or built.
function(lamella_fetch_headers package repository tag)
  string(TOLOWER ${package} name)
  FetchContent_Declare(${name} GIT_REPOSITORY ${repository} GIT_TAG ${tag} GIT_SHALLOW ON SOURCE_SUBDIR no_project)
  FetchContent_MakeAvailable(${name})
  set(${package}_SOURCE ${${name}_SOURCE_DIR} PARENT_SCOPE)
endfunction()

function(lamella_interface target include)
  add_library(${target} INTERFACE IMPORTED GLOBAL)
  target_include_directories(${target} INTERFACE ${include})
endfunction()

# Libraries: built static while configuring and installed below _deps/, where the find modules then find them.
# (libjpeg-turbo refuses to be a subdirectory, and libpng wants to find zlib.)
function(lamella_fetch_library package repository tag)
  if(NOT EXISTS ${LAMELLA_FETCH_PREFIX}/${package}.done)
    lamella_fetch_headers(${package} ${repository} ${tag})
    set(build ${PROJECT_BINARY_DIR}/_deps/${package}-static)
    message(STATUS "lamella: building ${package} ${tag}")
    foreach(command
        "-S;${${package}_SOURCE};-B;${build};-G;${CMAKE_GENERATOR};-DCMAKE_BUILD_TYPE=Release;-DCMAKE_C_COMPILER_LAUNCHER=;-DCMAKE_POSITION_INDEPENDENT_CODE=ON;-DCMAKE_PREFIX_PATH=${LAMELLA_FETCH_PREFIX};-DCMAKE_INSTALL_PREFIX=${LAMELLA_FETCH_PREFIX};${ARGN}"
        "--build;${build};--config;Release"
        "--install;${build};--config;Release")
      execute_process(COMMAND ${CMAKE_COMMAND} ${command}
        RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
      if(NOT result EQUAL 0)
        message(FATAL_ERROR "lamella: ${package} ${tag} could not be built:\n${output}")
      endif()
    endforeach()
    file(TOUCH ${LAMELLA_FETCH_PREFIX}/${package}.done)
  endif()
endfunction()

macro(lamella_fetch package)
  if("${package}" STREQUAL "fmt")
    lamella_fetch_headers(fmt https://github.com/fmtlib/fmt.git 10.2.1)
    lamella_interface(fmt::fmt-header-only ${fmt_SOURCE}/include)
    set(fmt_VERSION 10.2.1)
    set(fmt_FOUND TRUE)
  elseif("${package}" STREQUAL "nlohmann_json")
    lamella_fetch_headers(nlohmann_json https://github.com/nlohmann/json.git v3.11.3)
    lamella_interface(nlohmann_json::nlohmann_json ${nlohmann_json_SOURCE}/single_include)
    set(nlohmann_json_FOUND TRUE)
  elseif("${package}" STREQUAL "Highway")
    lamella_fetch_headers(Highway https://github.com/google/highway.git 1.2.0)
    set(HIGHWAY_INCLUDE_DIR ${Highway_SOURCE})
  elseif("${package}" STREQUAL "ZLIB")
    lamella_fetch_library(ZLIB https://github.com/madler/zlib.git v1.3.1 -DZLIB_BUILD_EXAMPLES=OFF)
  elseif("${package}" STREQUAL "PNG")
    lamella_fetch_library(PNG https://github.com/pnggroup/libpng.git v1.6.58
      -DPNG_SHARED=OFF -DPNG_TESTS=OFF -DPNG_TOOLS=OFF)
  elseif("${package}" STREQUAL "JPEG")
    lamella_fetch_library(JPEG https://github.com/libjpeg-turbo/libjpeg-turbo.git 3.1.3
      -DENABLE_SHARED=OFF -DWITH_TURBOJPEG=OFF)
  elseif("${package}" STREQUAL "GTest")
    set(INSTALL_GTEST OFF)
    FetchContent_Declare(googletest GIT_REPOSITORY https://github.com/google/googletest.git GIT_TAG v1.16.0 GIT_SHALLOW ON)
    FetchContent_MakeAvailable(googletest)
    set(GTest_FOUND TRUE)
  elseif("${package}" STREQUAL "benchmark")
    set(BENCHMARK_ENABLE_TESTING OFF)
    set(BENCHMARK_ENABLE_INSTALL OFF)
    FetchContent_Declare(googlebenchmark GIT_REPOSITORY https://github.com/google/benchmark.git GIT_TAG v1.9.1 GIT_SHALLOW ON)
    FetchContent_MakeAvailable(googlebenchmark)
    set(benchmark_FOUND TRUE)
  endif()
  if("${package}" MATCHES "^(ZLIB|PNG|JPEG)$")
    list(PREPEND CMAKE_PREFIX_PATH ${LAMELLA_FETCH_PREFIX})
    find_package(${package} QUIET)
  endif()
endmacro()
