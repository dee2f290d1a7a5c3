# What the library is built from: packages of the system first; with LAMELLA_FETCH_DEPENDENCIES, what is missing is
# fetched and built (cmake/LamellaFetch.cmake). No third-party header stands in include/lamella: all but the threads are
# private, and a program that links the static archive needs only PNG, JPEG and ZLIB.

set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL TRUE) # a parent project that links lamella must see PNG::PNG too

# The static command needs archives; where a library has none, the shared one is found and LamellaStatic says so.
if(LAMELLA_BUILD_CLI AND LAMELLA_STATIC_COMMAND AND NOT WIN32)
  list(PREPEND CMAKE_FIND_LIBRARY_SUFFIXES .a)
  set(ZLIB_USE_STATIC_LIBS ON)
endif()

if(LAMELLA_FETCH_DEPENDENCIES)
  include(LamellaFetch)
endif()

# lamella_require(PACKAGE DEBIAN-PACKAGE WHY): find_package with an error that says how to mend it.
macro(lamella_require package debian why)
  find_package(${package} QUIET)
  if(NOT ${package}_FOUND AND LAMELLA_FETCH_DEPENDENCIES)
    lamella_fetch(${package})
  endif()
  if(NOT ${package}_FOUND)
    message(FATAL_ERROR "lamella: ${package} is missing (${why}). On Debian: apt-get install ${debian}; elsewhere "
                        "install it with your package manager, or configure with -DLAMELLA_FETCH_DEPENDENCIES=ON.")
  endif()
endmacro()

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
lamella_require(fmt libfmt-dev "text and numbers in messages")
lamella_require(nlohmann_json nlohmann-json3-dev "the headers of model files")
lamella_require(ZLIB zlib1g-dev "gzipped data sets, PNG")
lamella_require(PNG libpng-dev "reads and writes PNG")
lamella_require(JPEG libjpeg-dev "reads JPEG")

# {fmt}'s declarations alone, in a namespace of our own; src/core/fmt.cpp compiles the rest once. A newer {fmt} than those
# that its explicit instantiations were written for is used header-only: slower to compile, the same otherwise.
add_library(lamella_fmt INTERFACE)
target_include_directories(lamella_fmt SYSTEM INTERFACE $<TARGET_PROPERTY:fmt::fmt-header-only,INTERFACE_INCLUDE_DIRECTORIES>)
target_compile_definitions(lamella_fmt INTERFACE
  FMT_STATIC_THOUSANDS_SEPARATOR=',' # drops the locales: 600 KB of the static command
  "FMT_BEGIN_NAMESPACE=namespace fmt { inline namespace lamella {" "FMT_END_NAMESPACE=}}"
  $<$<VERSION_GREATER_EQUAL:${fmt_VERSION},11>:FMT_HEADER_ONLY>)

# Headers only: the target hwy::hwy would link a shared library that lamella's own dispatch does not need.
find_path(HIGHWAY_INCLUDE_DIR hwy/highway.h)
if(NOT HIGHWAY_INCLUDE_DIR AND LAMELLA_FETCH_DEPENDENCIES)
  lamella_fetch(Highway)
endif()
if(NOT HIGHWAY_INCLUDE_DIR)
  message(FATAL_ERROR "lamella: hwy/highway.h is missing (SIMD kernels). On Debian: apt-get install libhwy-dev; elsewhere "
                      "install Google Highway, or configure with -DLAMELLA_FETCH_DEPENDENCIES=ON.")
endif()
