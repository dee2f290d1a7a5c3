// PNG through libpng. Its errors come by longjmp, so a function that calls setjmp here has only plain values as locals;
// memory belongs to its callers.
#include <png.h>

#include <fmt/format.h>
#include <lamella/error.h>

#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <limits>
#include <new>

#include "io/file_bytes.h"
#include "io/image_codecs.h"

namespace lamella::io {
namespace {

struct Reader {
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::span<const std::byte> rest;
  std::jmp_buf on_error;
  char error[160] = "";

  png_uint_32 width = 0, height = 0;
  int channels = 0;  // after the conversions
  int passes = 1;    // 7 if interlaced

  ~Reader() { png_destroy_read_struct(&png, &info, nullptr); }
};

[[noreturn]] void on_png_error(png_structp png, png_const_charp text) {
  auto* reader = static_cast<Reader*>(png_get_error_ptr(png));
  std::snprintf(reader->error, sizeof reader->error, "%s", text);
  std::longjmp(reader->on_error, 1);
}

// libpng's warnings concern chunks that do not change the pixels.
void on_png_warning(png_structp, png_const_charp) {}

void read_bytes(png_structp png, png_bytep to, std::size_t size) {
  auto* reader = static_cast<Reader*>(png_get_io_ptr(png));
  if (size > reader->rest.size()) png_error(png, "it is cut short");
  std::memcpy(to, reader->rest.data(), size);
  reader->rest = reader->rest.subspan(size);
}

/// Only chunks that change pixels are kept: compressed texts and profiles could unpack to anything.
void ignore_other_chunks(png_structp png) {
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, nullptr, 0);
  static constexpr png_byte kIgnored[] = {'i', 'C', 'C', 'P', 0, 'i', 'T', 'X', 't', 0, 'z', 'T', 'X', 't', 0,
                                          't', 'E', 'X', 't', 0, 's', 'P', 'L', 'T', 0, 'e', 'X', 'I', 'f', 0};
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, kIgnored, static_cast<int>(sizeof kIgnored / 5));
}

/// Everything up to the pixels; takes no memory that depends on the picture's size.
bool read_header(Reader& reader) {
  if (setjmp(reader.on_error) != 0) return false;
  png_structp png = reader.png;
  png_set_read_fn(png, &reader, read_bytes);
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);       // ours counts pixels, and says so
  png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);  // a lost tRNS chunk would change the picture
  ignore_other_chunks(png);
  png_read_info(png, reader.info);
  reader.width = png_get_image_width(png, reader.info);
  reader.height = png_get_image_height(png, reader.info);
  return true;
}

/// Asks for the conversions that make the pixels 8-bit grey, RGB or RGBA.
bool convert(Reader& reader) {
  if (setjmp(reader.on_error) != 0) return false;
  png_structp png = reader.png;
  const int type = png_get_color_type(png, reader.info);
  const bool alpha = (type & PNG_COLOR_MASK_ALPHA) != 0 || png_get_valid(png, reader.info, PNG_INFO_tRNS) != 0;
  png_set_expand(png);  // palette to RGB, 1, 2 and 4 bits to 8, tRNS to alpha
  png_set_scale_16(png);
  if (alpha && (type & PNG_COLOR_MASK_COLOR) == 0) png_set_gray_to_rgb(png);
  reader.passes = png_set_interlace_handling(png);
  png_read_update_info(png, reader.info);
  reader.channels = png_get_channels(png, reader.info);
  return true;
}

bool read_rows(Reader& reader, std::uint8_t* pixels, std::size_t row_bytes) {
  if (setjmp(reader.on_error) != 0) return false;
  if (png_get_rowbytes(reader.png, reader.info) != row_bytes) png_error(reader.png, "unexpected row size");
  for (int pass = 0; pass < reader.passes; ++pass) {
    for (png_uint_32 row = 0; row < reader.height; ++row) png_read_row(reader.png, pixels + row * row_bytes, nullptr);
  }
  png_read_end(reader.png, nullptr);
  return true;
}

}  // namespace

Image decode_png(std::span<const std::byte> bytes, const std::string& name, const ImageOptions& options) {
  Reader reader;
  reader.rest = bytes;
  reader.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reader, on_png_error, on_png_warning);
  if (reader.png == nullptr) throw std::bad_alloc();
  reader.info = png_create_info_struct(reader.png);
  if (reader.info == nullptr) throw std::bad_alloc();
  const auto damaged = [&] { throw_file_error(name, fmt::format("a damaged PNG file: {}", reader.error)); };
  if (!read_header(reader)) damaged();
  check_pixel_count(reader.width, reader.height, name, options);
  if (!convert(reader)) damaged();
  Image image = make_image(static_cast<int>(reader.width), static_cast<int>(reader.height), reader.channels);
  if (!read_rows(reader, image.pixels.data(), image.pixels.size() / reader.height)) damaged();
  return image;
}

std::vector<std::byte> encode_png(const Image& image) {
  check_image(image);
  png_image description{};
  description.version = PNG_IMAGE_VERSION;
  description.width = static_cast<png_uint_32>(image.width);
  description.height = static_cast<png_uint_32>(image.height);
  description.format = image.channels == 1 ? PNG_FORMAT_GRAY : image.channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_RGBA;
  // libpng states sizes in 32 bits; the bound of the result is a little more than the pixels.
  if (image.pixels.size() > std::numeric_limits<std::int32_t>::max()) {
    throw ValueError(fmt::format("a picture of {}x{} is too large for a PNG file here: {} of pixels", image.width,
                                 image.height, human_size(image.pixels.size())));
  }
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(description);
  std::vector<std::byte> bytes(size);
  if (png_image_write_to_memory(&description, bytes.data(), &size, 0, image.pixels.data(), 0, nullptr) == 0) {
    throw Error(fmt::format("a picture of {}x{} could not be packed as PNG: {}", image.width, image.height,
                            description.message));
  }
  bytes.resize(size);
  bytes.shrink_to_fit();
  return bytes;
}

}  // namespace lamella::io
