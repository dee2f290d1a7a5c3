# Can a program with these libraries be linked statically? LAMELLA_COMMAND_IS_STATIC says so; the command is dynamic
# otherwise, and a message tells why.

set(LAMELLA_COMMAND_IS_STATIC OFF)
if(LAMELLA_BUILD_CLI AND LAMELLA_STATIC_COMMAND)
  if(LAMELLA_SANITIZE)
    message(STATUS "lamella: sanitizers need shared libraries, so the command is linked dynamically")
  else()
    include(CheckCXXSourceCompiles)
    include(CMakePushCheckState)
    cmake_push_check_state(RESET)
    set(CMAKE_REQUIRED_LINK_OPTIONS -static)
    set(CMAKE_REQUIRED_LIBRARIES PNG::PNG JPEG::JPEG ZLIB::ZLIB Threads::Threads)
    check_cxx_source_compiles([[
      #include <cstdio>
      #include <jpeglib.h>
      #include <png.h>
      #include <zlib.h>
      int main() {
        jpeg_error_mgr errors;
        return jpeg_std_error(&errors) != nullptr && png_access_version_number() != 0 && zlibVersion() != nullptr ? 0 : 1;
      }]] LAMELLA_CAN_LINK_STATICALLY)
    cmake_pop_check_state()
    set(LAMELLA_COMMAND_IS_STATIC ${LAMELLA_CAN_LINK_STATICALLY})
    if(NOT LAMELLA_COMMAND_IS_STATIC)
      message(STATUS "lamella: no static archive of libpng, libjpeg, zlib or the C library here, so the command is linked dynamically")
    endif()
  endif()
endif()
