# What every target of this project is compiled with, and `lamella_layer`, which makes one layer of the library.

set(CMAKE_POSITION_INDEPENDENT_CODE ON) # the same objects serve the archive, the command and the Python module
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

add_library(lamella_warnings INTERFACE)
target_compile_options(lamella_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wno-missing-field-initializers
  # g++ 12 sees these in std::string's concatenation and in moves of small inline vectors, where they are not.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict$<SEMICOLON>-Wno-maybe-uninitialized$<SEMICOLON>-Wno-free-nonheap-object>
  $<$<BOOL:${LAMELLA_WARNINGS_AS_ERRORS}>:-Werror>)

# Contraction is off so that each instruction set's results follow from the source; kernels ask for FMA by name.
add_library(lamella_options INTERFACE)
target_compile_features(lamella_options INTERFACE cxx_std_20)
target_compile_options(lamella_options INTERFACE
  -ffunction-sections -fdata-sections -fno-semantic-interposition -fno-asynchronous-unwind-tables -fno-math-errno -fno-trapping-math -ffp-contract=off)
target_include_directories(lamella_options INTERFACE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
target_link_libraries(lamella_options INTERFACE lamella_warnings Threads::Threads)
if(APPLE)
  target_link_options(lamella_options INTERFACE -Wl,-dead_strip)
else()
  target_link_options(lamella_options INTERFACE -Wl,--gc-sections)
endif()
if(NOT PROJECT_IS_TOP_LEVEL)
  target_compile_options(lamella_options INTERFACE $<$<CONFIG:>:-O2>) # a parent project without a build type
endif()

# Sanitizers go into everything that is compiled here, the examples too, or their runtime would not be linked.
if(LAMELLA_SANITIZE)
  add_compile_options(-fsanitize=${LAMELLA_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${LAMELLA_SANITIZE})
endif()

# lamella_layer(NAME [OPTIMIZE flag] [USES target…]): the objects of src/NAME. A source list would be one more file to touch for a new
# operator, so the sources are globbed. OPTIMIZE replaces Release's -O3 where no loop is hot: -Os halves such code (the
# command has to stay below 5 MB) and compiles a quarter faster.
function(lamella_layer name)
  cmake_parse_arguments(arg "" "OPTIMIZE" "USES" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cpp)
  if(NOT sources)
    return()
  endif()
  add_library(lamella_${name} OBJECT ${sources})
  target_link_libraries(lamella_${name} PRIVATE lamella_options ${arg_USES})
  target_compile_options(lamella_${name} PRIVATE $<$<CONFIG:Release>:${arg_OPTIMIZE}>)
  set_property(GLOBAL APPEND PROPERTY LAMELLA_LAYERS lamella_${name})
endfunction()
