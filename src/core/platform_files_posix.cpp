// Files on POSIX systems.
#include "core/platform.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <random>
#include <system_error>
#include <utility>

#include <lamella/error.h>

namespace lamella::platform {
namespace {

namespace fs = std::filesystem;

std::string text_of_error(int number) { return std::generic_category().message(number); }

[[noreturn]] void throw_cannot(const char* action, const fs::path& path, const std::string& reason) {
  throw FileError("cannot " + std::string(action) + " " + path.string() + ": " + reason);
}

[[noreturn]] void throw_cannot(const char* action, const fs::path& path, int error) {
  throw_cannot(action, path, text_of_error(error));
}

// The system call again for as long as a signal interrupts it.
template <typename Call>
auto uninterrupted(Call&& call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  ~Descriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return descriptor_; }
  bool is_open() const { return descriptor_ >= 0; }
  // A network filesystem may report only here that the disk is full. Never twice: after EINTR it is closed all the
  // same.
  bool close() { return ::close(std::exchange(descriptor_, -1)) == 0 || errno == EINTR; }

 private:
  int descriptor_;
};

// An open regular file and its size; raises FileError for anything else. Opening must not wait for a pipe's writer.
std::size_t open_regular(const Descriptor& file, const fs::path& path) {
  if (!file.is_open()) throw_cannot("read", path, errno);
  struct stat status{};
  if (fstat(file.get(), &status) != 0) throw_cannot("read", path, errno);
  if (S_ISDIR(status.st_mode)) throw_cannot("read", path, "it is a folder");
  if (!S_ISREG(status.st_mode)) throw_cannot("read", path, "it is not a regular file");
  return static_cast<std::size_t>(status.st_size);
}

int open_to_read(const fs::path& path) {
  return uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); });
}

// The file that a chain of symbolic links ends at, whether it exists or not.
fs::path follow_links(fs::path path) {
  std::error_code error;
  for (int links = 0; links < 40 && fs::is_symlink(path, error); ++links) {
    const fs::path target = fs::read_symlink(path, error);
    if (error) break;
    path = target.is_absolute() ? target : path.parent_path() / target;
  }
  return path;
}

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

void sync_file(int descriptor, const fs::path& path) {
  if (uninterrupted([&] { return fsync(descriptor); }) != 0) throw_cannot("write", path, errno);
}

// A new file under a name of its own beside the final one; removed at the end unless it has been renamed.
class TemporaryFile {
 public:
  explicit TemporaryFile(const fs::path& target, const fs::path& shown) : name_(), file_(create(target, shown)) {}
  ~TemporaryFile() {
    if (!renamed_) ::unlink(name_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  int descriptor() const { return file_.get(); }

  void rename_to(const fs::path& target, const fs::path& shown) {
    sync_file(file_.get(), shown);
    if (!file_.close()) throw_cannot("write", shown, errno);
    if (std::rename(name_.c_str(), target.c_str()) != 0) throw_cannot("write", shown, errno);
    renamed_ = true;
  }

 private:
  int create(const fs::path& target, const fs::path& shown) {
    const fs::path folder = folder_of(target);
    std::random_device random;
    for (int attempt = 0; attempt < 100; ++attempt) {
      char name[48];
      std::snprintf(name, sizeof name, ".lamella-%08x%08x.tmp", random(), random());
      name_ = folder / name;
      const int descriptor =
          uninterrupted([&] { return ::open(name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666); });
      if (descriptor >= 0) return descriptor;
      if (errno != EEXIST) break;
    }
    const int error = errno;
    if (error == ENOENT) throw_cannot("write", shown, "there is no folder " + folder.string());
    throw_cannot("write", shown, error);
  }

  fs::path name_;
  Descriptor file_;
  bool renamed_ = false;
};

void write_directly(const fs::path& path, const std::function<void(OutputFile&)>& writer) {
  Descriptor file(uninterrupted([&] { return ::open(path.c_str(), O_WRONLY | O_CLOEXEC); }));
  if (!file.is_open()) throw_cannot("write", path, errno);
  OutputFile output(file.get(), path);
  writer(output);
  output.flush();
  if (!file.close()) throw_cannot("write", path, errno);
}

}  // namespace

// --- Reading -------------------------------------------------------------------------------------------------------

MappedFile::MappedFile(const fs::path& path) : path_(path) {
  const Descriptor file(open_to_read(path));
  const std::size_t size = open_regular(file, path);
  if (size == 0) return;  // there is no empty mapping
  void* const mapped = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (mapped == MAP_FAILED) throw_cannot("read", path, errno);
  bytes_ = {static_cast<const std::byte*>(mapped), size};
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : bytes_(std::exchange(other.bytes_, {})), path_(std::move(other.path_)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  std::swap(path_, other.path_);
  return *this;
}

std::string read_file(const fs::path& path, std::uint64_t most) {
  const Descriptor file(open_to_read(path));
  const std::size_t size = open_regular(file, path);
  if (size > most) {
    throw_cannot("read", path, "it has " + std::to_string(size) + " bytes, expects at most " + std::to_string(most));
  }
  std::string content(size, '\0');
  std::size_t filled = 0;
  while (filled < size) {
    const ssize_t got = uninterrupted([&] { return ::read(file.get(), content.data() + filled, size - filled); });
    if (got < 0) throw_cannot("read", path, errno);
    if (got == 0) break;  // it has become shorter since
    filled += static_cast<std::size_t>(got);
  }
  content.resize(filled);
  return content;
}

// --- Writing -------------------------------------------------------------------------------------------------------

void OutputFile::write(const void* data, std::size_t bytes) {
  constexpr std::size_t kBuffer = std::size_t{64} << 10;
  if (buffer_.size() + bytes > kBuffer) flush();
  if (bytes >= kBuffer) {
    write_through(static_cast<const char*>(data), bytes);
  } else {
    buffer_.append(static_cast<const char*>(data), bytes);
  }
  size_ += bytes;
}

void OutputFile::flush() {
  write_through(buffer_.data(), buffer_.size());
  buffer_.clear();
}

void OutputFile::write_through(const char* data, std::size_t bytes) {
  constexpr std::size_t kMostAtOnce = std::size_t{1} << 30;  // Linux writes at most 2 GiB a call
  while (bytes > 0) {
    const ssize_t written = uninterrupted([&] { return ::write(descriptor_, data, std::min(bytes, kMostAtOnce)); });
    if (written < 0) throw_cannot("write", path_, errno);
    data += written;
    bytes -= static_cast<std::size_t>(written);
  }
}

void atomic_write(const fs::path& path, const std::function<void(OutputFile&)>& writer) {
  const fs::path target = follow_links(path);
  struct stat previous{};
  const bool exists = ::stat(target.c_str(), &previous) == 0;
  if (exists && S_ISDIR(previous.st_mode)) throw_cannot("write", path, "it is a folder");
  if (exists && !S_ISREG(previous.st_mode)) return write_directly(path, writer);
  // A rename would replace a write-protected file too: the folder's permissions alone count for it.
  if (exists && ::access(target.c_str(), W_OK) != 0) throw_cannot("write", path, errno);
  if (!target.has_filename()) throw_cannot("write", path, "it names no file");

  TemporaryFile temporary(target, path);
  if (exists) fchmod(temporary.descriptor(), previous.st_mode & 07777);  // as good as can be: an owner may differ
  OutputFile output(temporary.descriptor(), path);
  writer(output);
  output.flush();
  temporary.rename_to(target, path);
  sync_folder(folder_of(target));
}

void atomic_write(const fs::path& path, std::string_view content) {
  atomic_write(path, [&](OutputFile& file) { file.write(content); });
}

void sync_folder(const fs::path& folder) {
  const Descriptor opened(uninterrupted([&] { return ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (!opened.is_open()) {
    if (errno == EACCES) return;  // one may be allowed to write into a folder that one cannot read
    throw_cannot("write", folder, errno);
  }
  const bool synced = uninterrupted([&] { return fsync(opened.get()); }) == 0;
  // Some network filesystems cannot sync a folder, and say so.
  if (!synced && errno != EINVAL && errno != ENOTSUP && errno != EROFS) throw_cannot("write", folder, errno);
}

}  // namespace lamella::platform
