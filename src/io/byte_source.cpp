#include "io/byte_source.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "io/file_bytes.h"

namespace lamella::io {
namespace {

/// Gives back bytes that were read ahead, then the rest of `source`.
class PrefixedSource : public ByteSource {
 public:
  PrefixedSource(std::span<const std::byte> prefix, std::unique_ptr<ByteSource> source)
      : prefix_size_(prefix.size()), source_(std::move(source)) {
    std::ranges::copy(prefix, prefix_.begin());
  }
  std::size_t read(std::span<std::byte> to) override {
    const std::size_t from_prefix = std::min(to.size(), prefix_size_ - used_);
    std::copy_n(prefix_.begin() + used_, from_prefix, to.begin());
    used_ += from_prefix;
    return from_prefix + source_->read(to.subspan(from_prefix));
  }
  std::optional<std::uint64_t> remaining() const override {
    const auto rest = source_->remaining();
    return rest ? std::optional(*rest + (prefix_size_ - used_)) : std::nullopt;
  }

 private:
  std::array<std::byte, 2> prefix_{};
  std::size_t prefix_size_;
  std::size_t used_ = 0;
  std::unique_ptr<ByteSource> source_;
};

std::string system_message(int error) { return std::generic_category().message(error); }

}  // namespace

std::size_t SpanSource::read(std::span<std::byte> to) {
  const std::size_t size = std::min(to.size(), bytes_.size());
  std::copy_n(bytes_.begin(), size, to.begin());
  bytes_ = bytes_.subspan(size);
  return size;
}

FileSource::FileSource(const std::filesystem::path& path) : name_(path.string()) {
  std::error_code status_error;
  const std::filesystem::file_status status = std::filesystem::status(path, status_error);
  if (std::filesystem::is_directory(status)) throw_file_error(name_, "is a folder, not a file");
  errno = 0;
  file_.reset(std::fopen(name_.c_str(), "rb"));
  const int error = errno;  // before anything else can change it
  if (file_ == nullptr)
    throw_file_error(name_, error == ENOENT ? "no such file" : "cannot be opened: " + system_message(error));
  if (std::filesystem::is_regular_file(status)) {
    const std::uintmax_t size = std::filesystem::file_size(path, status_error);
    if (!status_error) remaining_ = size;
  }
}

std::size_t FileSource::read(std::span<std::byte> to) {
  errno = 0;
  const std::size_t size = std::fread(to.data(), 1, to.size(), file_.get());
  if (size < to.size() && std::ferror(file_.get()) != 0)
    throw_file_error(name_, "cannot be read: " + system_message(errno));
  // A file that grows or shrinks meanwhile leaves a wrong count here; what was read decides.
  if (remaining_) *remaining_ -= std::min<std::uint64_t>(*remaining_, size);
  return size;
}

std::unique_ptr<ByteSource> unpacked(std::unique_ptr<ByteSource> raw, const std::string& name) {
  std::array<std::byte, 2> start{};
  const std::size_t size = raw->read(start);
  const bool gzip = size == 2 && start[0] == std::byte{0x1f} && start[1] == std::byte{0x8b};
  auto whole = std::make_unique<PrefixedSource>(std::span(start).first(size), std::move(raw));
  if (!gzip) return whole;
  return std::make_unique<GzipSource>(std::move(whole), name);
}

}  // namespace lamella::io
