# What every target of this project is compiled with, and `lamella_layer`, which makes one layer of the library.

set(CMAKE_POSITION_INDEPENDENT_CODE ON) # the same objects serve the archive, the command and the Python module
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
find_package(Threads REQUIRED)

add_library(lamella_options INTERFACE)
target_compile_features(lamella_options INTERFACE cxx_std_20)
target_compile_options(lamella_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wno-missing-field-initializers
  -ffunction-sections -fdata-sections -fno-math-errno -fno-trapping-math -ffp-contract=off
  $<$<BOOL:${LAMELLA_WARNINGS_AS_ERRORS}>:-Werror>)
target_compile_definitions(lamella_options INTERFACE FMT_STATIC_THOUSANDS_SEPARATOR=',')
target_link_options(lamella_options INTERFACE -Wl,--gc-sections)
target_include_directories(lamella_options INTERFACE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
if(LAMELLA_SANITIZE)
  target_compile_options(lamella_options INTERFACE -fsanitize=${LAMELLA_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(lamella_options INTERFACE -fsanitize=${LAMELLA_SANITIZE})
endif()

find_path(HIGHWAY_INCLUDE_DIR hwy/highway.h REQUIRED)

# lamella_layer(NAME [USES target…]): the objects of src/NAME. A source list would be one more file to touch for a new
# operator, so the sources are globbed.
function(lamella_layer name)
  cmake_parse_arguments(arg "" "" "USES" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cpp)
  if(NOT sources)
    return()
  endif()
  add_library(lamella_${name} OBJECT ${sources})
  target_link_libraries(lamella_${name} PRIVATE lamella_options ${arg_USES})
  set_property(GLOBAL APPEND PROPERTY LAMELLA_LAYERS lamella_${name})
endfunction()
