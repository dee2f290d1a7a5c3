// JPEG through libjpeg. Its errors come by longjmp, so a function that calls setjmp here has only plain values as
// locals; memory belongs to its callers.
#include <cstdio>  // jpeglib.h needs FILE

#include <jpeglib.h>

#include <jerror.h>

#include <fmt/format.h>

#include <algorithm>
#include <csetjmp>

#include "io/exif.h"
#include "io/file_bytes.h"
#include "io/image_codecs.h"

namespace lamella::io {
namespace {

struct Reader {
  jpeg_decompress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg_progress_mgr progress{};
  std::jmp_buf on_error;
  char error[JMSG_LENGTH_MAX] = "";
  bool accept_damaged = false;
  int max_scans = 0;

  ~Reader() { jpeg_destroy_decompress(&jpeg); }
};

Reader& reader_of(j_common_ptr jpeg) { return *static_cast<Reader*>(jpeg->client_data); }

[[noreturn]] void fail(j_common_ptr jpeg) {
  jpeg->err->format_message(jpeg, reader_of(jpeg).error);
  std::longjmp(reader_of(jpeg).on_error, 1);
}

/// Oddities that leave the pixels as they should be.
bool is_harmless(int warning) {
  return warning == JWRN_EXTRANEOUS_DATA || warning == JWRN_JFIF_MAJOR || warning == JWRN_ADOBE_XFORM;
}

/// libjpeg tells of corrupt data by warnings (level -1) and goes on with grey.
void on_message(j_common_ptr jpeg, int level) {
  if (level >= 0 || reader_of(jpeg).accept_damaged || is_harmless(jpeg->err->msg_code)) return;
  fail(jpeg);
}

void on_progress(j_common_ptr jpeg) {
  Reader& reader = reader_of(jpeg);
  if (reader.jpeg.input_scan_number <= reader.max_scans) return;
  std::snprintf(reader.error, sizeof reader.error, "more than %d scans", reader.max_scans);
  std::longjmp(reader.on_error, 1);
}

bool open(Reader& reader, const unsigned char* bytes, unsigned long size) {
  reader.jpeg.err = jpeg_std_error(&reader.errors);
  reader.jpeg.client_data = &reader;
  reader.errors.error_exit = fail;
  reader.errors.emit_message = on_message;
  reader.progress.progress_monitor = on_progress;
  if (setjmp(reader.on_error) != 0) return false;
  jpeg_create_decompress(&reader.jpeg);
  reader.jpeg.progress = &reader.progress;
  jpeg_mem_src(&reader.jpeg, bytes, size);
  jpeg_save_markers(&reader.jpeg, JPEG_APP0 + 1, 0xffff);
  jpeg_read_header(&reader.jpeg, TRUE);
  return true;
}

/// Decides the colour space and starts; the picture's size is known and allowed by now.
bool start(Reader& reader, std::uint64_t max_bytes) {
  if (setjmp(reader.on_error) != 0) return false;
  jpeg_decompress_struct& jpeg = reader.jpeg;
  jpeg.mem->max_memory_to_use = static_cast<long>(max_bytes);
  switch (jpeg.jpeg_color_space) {
    case JCS_GRAYSCALE:
      jpeg.out_color_space = JCS_GRAYSCALE;
      break;
    case JCS_CMYK:
    case JCS_YCCK:
      jpeg.out_color_space = JCS_CMYK;
      break;
    default:
      jpeg.out_color_space = JCS_RGB;
      break;
  }
  jpeg_start_decompress(&jpeg);
  return true;
}

bool read_rows(Reader& reader, std::uint8_t* pixels, std::size_t row_bytes) {
  if (setjmp(reader.on_error) != 0) return false;
  while (reader.jpeg.output_scanline < reader.jpeg.output_height) {
    JSAMPROW row = pixels + reader.jpeg.output_scanline * row_bytes;
    jpeg_read_scanlines(&reader.jpeg, &row, 1);
  }
  jpeg_finish_decompress(&reader.jpeg);
  return true;
}

int orientation_of(const jpeg_decompress_struct& jpeg) {
  constexpr std::string_view kExif("Exif\0\0", 6);
  for (const jpeg_marker_struct* marker = jpeg.marker_list; marker != nullptr; marker = marker->next) {
    const auto segment = std::as_bytes(std::span(marker->data, marker->data_length));
    if (segment.size() > kExif.size() && std::ranges::equal(segment.first(kExif.size()), bytes_of(kExif))) {
      return exif_orientation(segment);
    }
  }
  return 1;
}

/// CMYK to RGB without colour management, as Pillow does: each ink and black darken by multiplying. Adobe's files store
/// 255 minus the ink.
Image cmyk_to_rgb(const Image& cmyk, bool stores_inverted) {
  Image rgb = make_image(cmyk.width, cmyk.height, 3);
  const std::uint8_t flip = stores_inverted ? 0 : 255;
  for (std::size_t i = 0, pixels = rgb.pixels.size() / 3; i < pixels; ++i) {
    const int white = cmyk.pixels[4 * i + 3] ^ flip;
    for (std::size_t c = 0; c < 3; ++c) {
      rgb.pixels[3 * i + c] = static_cast<std::uint8_t>((white * (cmyk.pixels[4 * i + c] ^ flip) + 127) / 255);
    }
  }
  return rgb;
}

}  // namespace

Image decode_jpeg(std::span<const std::byte> bytes, const std::string& name, const ImageOptions& options) {
  Reader reader;
  reader.accept_damaged = options.accept_damaged;
  const auto damaged = [&] { throw_file_error(name, fmt::format("a damaged JPEG file: {}", reader.error)); };
  const jpeg_decompress_struct& jpeg = reader.jpeg;
  if (!open(reader, reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<unsigned long>(bytes.size())))
    damaged();
  check_pixel_count(jpeg.image_width, jpeg.image_height, name, options);
  const std::uint64_t pixels = std::max(std::uint64_t{1}, std::uint64_t{jpeg.image_width} * jpeg.image_height);
  // No picture costs more than 16 passes over the largest one that is allowed.
  reader.max_scans = static_cast<int>(std::min<std::uint64_t>(
      static_cast<std::uint64_t>(std::max(1, options.max_scans)), saturating_product(16, options.max_pixels) / pixels));
  if (jpeg.num_components == 2) throw_file_error(name, "a JPEG file with 2 channels; grey, RGB and CMYK ones are read");
  // A progressive file keeps 2 bytes a sample, of up to four channels in blocks that are rounded up.
  if (!start(reader, 16 * pixels + (std::uint64_t{64} << 20))) damaged();
  const int orientation = orientation_of(jpeg);  // libjpeg forgets the markers when it finishes
  Image image =
      make_image(static_cast<int>(jpeg.output_width), static_cast<int>(jpeg.output_height), jpeg.output_components);
  if (!read_rows(reader, image.pixels.data(), image.pixels.size() / jpeg.output_height)) damaged();
  if (jpeg.out_color_space == JCS_CMYK) image = cmyk_to_rgb(image, jpeg.saw_Adobe_marker != 0);
  return oriented(std::move(image), orientation);
}

}  // namespace lamella::io
