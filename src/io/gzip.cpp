#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>
#include <utility>

#include "io/byte_source.h"
#include "io/file_bytes.h"

namespace lamella::io {
namespace {

constexpr std::size_t kBufferSize = 64 * 1024;
constexpr int kGzipOnly = 15 + 16;                // the largest window, a gzip header required (zlib.h, inflateInit2)
constexpr std::uint64_t kMaxDeflateRatio = 1032;  // zlib's technical notes: "the limiting case"
constexpr std::uint64_t kHeldBack = 64;           // packed bytes, generously, that zlib has taken but not yet put out

}  // namespace

struct GzipSource::Inflater {
  z_stream stream{};
  std::array<std::byte, kBufferSize> buffer;
  bool between_members = false;

  Inflater() {
    if (inflateInit2(&stream, kGzipOnly) != Z_OK) throw std::bad_alloc();
  }
  ~Inflater() { inflateEnd(&stream); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
};

GzipSource::GzipSource(std::unique_ptr<ByteSource> packed, std::string name)
    : packed_(std::move(packed)), name_(std::move(name)), inflater_(std::make_unique<Inflater>()) {}

GzipSource::~GzipSource() = default;

std::optional<std::uint64_t> GzipSource::remaining() const {
  if (ended_) return 0;
  const auto rest = packed_->remaining();
  if (!rest) return std::nullopt;
  return saturating_product(*rest + inflater_->stream.avail_in + kHeldBack, kMaxDeflateRatio);
}

void GzipSource::damaged(const char* reason) const {
  throw_file_error(name_, fmt::format("the gzip data is damaged ({}); copy or download the file again", reason));
}

/// Makes packed bytes available; false at the end of the file.
bool GzipSource::refill() {
  z_stream& stream = inflater_->stream;
  if (stream.avail_in > 0) return true;
  stream.avail_in = static_cast<uInt>(packed_->read(inflater_->buffer));
  stream.next_in = reinterpret_cast<Bytef*>(inflater_->buffer.data());
  return stream.avail_in > 0;
}

/// At the end of a member: gets ready for the next one; false if there is none.
bool GzipSource::next_member() {
  if (!refill()) return false;
  if (inflater_->stream.next_in[0] != 0x1f) damaged("bytes that are not gzip follow the packed data");
  if (inflateReset(&inflater_->stream) != Z_OK) damaged("cannot begin the next member");
  return true;
}

std::size_t GzipSource::read(std::span<std::byte> to) {
  z_stream& stream = inflater_->stream;
  std::size_t done = 0;
  while (done < to.size() && !ended_) {
    if (std::exchange(inflater_->between_members, false) && !next_member()) {
      ended_ = true;
      break;
    }
    if (!refill()) damaged("it is cut short: the file ends inside the packed data");
    const std::size_t room = std::min<std::size_t>(to.size() - done, std::numeric_limits<uInt>::max());
    stream.next_out = reinterpret_cast<Bytef*>(to.data() + done);
    stream.avail_out = static_cast<uInt>(room);
    const int status = inflate(&stream, Z_NO_FLUSH);
    done += room - stream.avail_out;
    if (status == Z_STREAM_END) {
      inflater_->between_members = true;
    } else if (status == Z_MEM_ERROR) {
      throw std::bad_alloc();
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
      damaged(stream.msg != nullptr ? stream.msg : "not a deflate stream");
    }
  }
  return done;
}

}  // namespace lamella::io
