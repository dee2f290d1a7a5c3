// PNG and JPEG files made in the tests: PNG chunk by chunk, so that broken ones can be made too; JPEG by libjpeg.
#pragma once

#include <cstdio>

#include <jpeglib.h>
#include <zlib.h>

#include <cstdlib>

#include "io/image.h"
#include "io/io_testing.h"

namespace lamella::io {

inline Bytes big_endian(std::uint32_t value) {
  return bytes({static_cast<int>(value >> 24), static_cast<int>(value >> 16 & 255), static_cast<int>(value >> 8 & 255),
                static_cast<int>(value & 255)});
}

inline Bytes png_chunk(std::string_view type, const Bytes& content) {
  Bytes body = bytes(type);
  append(body, content);
  Bytes chunk = big_endian(static_cast<std::uint32_t>(content.size()));
  append(chunk, body);
  append(chunk, big_endian(static_cast<std::uint32_t>(
                    crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size())))));
  return chunk;
}

inline Bytes png_header(std::uint32_t width, std::uint32_t height, int depth, int colour_type, int interlace = 0) {
  Bytes content = big_endian(width);
  append(content, big_endian(height));
  append(content, bytes({depth, colour_type, 0, 0, interlace}));
  return png_chunk("IHDR", content);
}

inline Bytes packed(const Bytes& plain) {
  uLongf size = compressBound(static_cast<uLong>(plain.size()));
  Bytes result(size);
  compress(reinterpret_cast<Bytef*>(result.data()), &size, reinterpret_cast<const Bytef*>(plain.data()),
           static_cast<uLong>(plain.size()));
  result.resize(size);
  return result;
}

inline Bytes png_of_chunks(std::initializer_list<Bytes> chunks) {
  Bytes file = bytes({0x89, 'P', 'N', 'G', 13, 10, 26, 10});
  for (const Bytes& chunk : chunks) append(file, chunk);
  return file;
}

/// A PNG of these rows (each begins with its filter byte), with `extra` between header and pixels.
inline Bytes png_file(const Bytes& header, const Bytes& rows, const Bytes& extra = {}) {
  return png_of_chunks({header, extra, png_chunk("IDAT", packed(rows)), png_chunk("IEND", {})});
}

struct JpegOptions {
  J_COLOR_SPACE in = JCS_RGB, stored = JCS_YCbCr;
  bool progressive = false;
  int quality = 95;
  Bytes app1 = {};  // "Exif\0\0…"
};

/// A JPEG of these samples; libjpeg itself writes CMYK and YCCK with Adobe's marker, uninverted unless we invert.
inline Bytes jpeg_file(int width, int height, int channels, std::vector<std::uint8_t> samples,
                       const JpegOptions& options = {}) {
  jpeg_compress_struct jpeg;
  jpeg_error_mgr errors;
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  unsigned char* buffer = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&jpeg, &buffer, &size);
  jpeg.image_width = static_cast<JDIMENSION>(width);
  jpeg.image_height = static_cast<JDIMENSION>(height);
  jpeg.input_components = channels;
  jpeg.in_color_space = options.in;
  jpeg_set_defaults(&jpeg);
  jpeg_set_colorspace(&jpeg, options.stored);
  jpeg_set_quality(&jpeg, options.quality, TRUE);
  if (options.progressive) jpeg_simple_progression(&jpeg);
  jpeg_start_compress(&jpeg, TRUE);
  if (!options.app1.empty()) {
    jpeg_write_marker(&jpeg, JPEG_APP0 + 1, reinterpret_cast<const JOCTET*>(options.app1.data()),
                      static_cast<unsigned>(options.app1.size()));
  }
  for (int y = 0; y < height; ++y) {
    JSAMPROW row = samples.data() + static_cast<std::ptrdiff_t>(y) * width * channels;
    jpeg_write_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_compress(&jpeg);
  jpeg_destroy_compress(&jpeg);
  const auto* begin = reinterpret_cast<const std::byte*>(buffer);
  Bytes file(begin, begin + size);
  std::free(buffer);
  return file;
}

}  // namespace lamella::io
