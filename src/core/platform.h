// The operating system, as far as lamella needs it. This header and platform_*.cpp are the only place that names mmap,
// madvise, fsync, rename, signals, terminals, page sizes, environment variables or /proc; another system is another set
// of platform_*.cpp files.
//
// Thread safety: every function may be called from any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace lamella::platform {

// --- The process and its machine ---------------------------------------------------------------------------------

/// The value of an environment variable; no value if it is not set.
std::optional<std::string> environment(const char* name);

/// The file that the running program was loaded from; empty if the system does not say.
std::filesystem::path executable_path();

/// CPUs that this process may keep busy: those of its affinity mask, within the cgroup's quota. At least 1.
int usable_cpus();

/// The CPU quota of a cgroup (v1 or v2) in CPUs, rounded down to at least 1; no value without one. `membership` is the
/// text of /proc/self/cgroup, `mount` is where the cgroup filesystems stand. The strictest of all ancestors counts.
std::optional<int> cgroup_cpu_quota(std::string_view membership, const std::filesystem::path& mount = "/sys/fs/cgroup");

/// Shows `name` (at most 15 characters count) for the calling thread in debuggers and `top -H`.
void name_this_thread(const char* name);

/// Calls the three around every later fork, on the thread that forks: before it, then in the parent and in the child.
/// Any of them may be null. A child may lock, unlock and touch atomics, no more.
void at_fork(void (*before)(), void (*in_parent)(), void (*in_child)());

/// Keeps signals away from the threads that are started during the scope's life, so that they reach the user's own.
class BlockedSignals {
 public:
  BlockedSignals();
  ~BlockedSignals();
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  alignas(std::max_align_t) unsigned char previous_[128];  // a sigset_t, whose header stays out of this one
};

// --- Memory ------------------------------------------------------------------------------------------------------

std::size_t page_size();

/// Bytes of physical memory that the process holds now, and the most that it has held; 0 if the system does not say.
std::size_t resident_memory();
std::size_t peak_resident_memory();

/// Bytes of physical memory that the machine has; 0 if the system does not say.
std::size_t physical_memory();

/// Zeroed pages that start at a multiple of `alignment` (a power of two, at least a page); null if there are none.
void* map_memory(std::size_t bytes, std::size_t alignment) noexcept;
void unmap_memory(void* p, std::size_t bytes) noexcept;

/// Asks for huge pages under [p, p + bytes): a hint, ignored where there are none.
void advise_huge_pages(void* p, std::size_t bytes) noexcept;

// --- Interruption ------------------------------------------------------------------------------------------------

/// While it lives, the first Ctrl-C (SIGINT) or SIGTERM sets a flag that loops poll with interrupted(), and the second
/// ends the process as the signal does by default. Scopes may nest; the outermost one installs and restores.
class InterruptScope {
 public:
  InterruptScope();
  ~InterruptScope();
  InterruptScope(const InterruptScope&) = delete;
  InterruptScope& operator=(const InterruptScope&) = delete;
};

/// Whether a signal has come since the outermost InterruptScope was entered.
bool interrupted() noexcept;

// --- The terminal ------------------------------------------------------------------------------------------------

enum class Stream { kIn, kOut, kError };

bool is_terminal(Stream stream);

/// Columns of the terminal behind `stream`, or of the variable COLUMNS; no value if neither is known.
std::optional<int> terminal_width(Stream stream = Stream::kOut);

// --- Files -------------------------------------------------------------------------------------------------------

/// A file's bytes, mapped read-only. An empty file maps to an empty span. The file must not be cut short by others
/// while it is mapped: the system kills a process that reads bytes which are gone.
class MappedFile {
 public:
  /// Raises FileError if `path` is missing, is not a regular file, or cannot be read.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;

  std::span<const std::byte> bytes() const { return bytes_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::span<const std::byte> bytes_;
  std::filesystem::path path_;
};

/// A file's bytes in memory of our own. Raises FileError as MappedFile does, and if the file has more than `most`
/// bytes.
std::string read_file(const std::filesystem::path& path, std::uint64_t most = std::uint64_t{1} << 40);

/// A file that is being written by atomic_write(). Writes are buffered and every one is checked: a full disk raises
/// FileError.
class OutputFile {
 public:
  OutputFile(int descriptor, const std::filesystem::path& path) : descriptor_(descriptor), path_(path) {}
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(const void* data, std::size_t bytes);
  void write(std::string_view text) { write(text.data(), text.size()); }
  /// Hands what is buffered to the system; atomic_write() does it at the end.
  void flush();
  /// Bytes written so far.
  std::uint64_t size() const { return size_; }

 private:
  void write_through(const char* data, std::size_t bytes);

  int descriptor_;
  const std::filesystem::path& path_;  // the name that errors show
  std::string buffer_;
  std::uint64_t size_ = 0;
};

/// Writes the file `path` whole or not at all: `writer` fills a temporary file in the same folder, which is synced and
/// renamed over `path`, and the folder is synced. Whatever fails, an exception of `writer` included, the temporary file
/// is removed and the file that stood there before is untouched. A symbolic link is followed: its target is replaced. A
/// new file gets the mode that the umask says, a replaced one keeps its own. What is no regular file (/dev/stdout, a
/// pipe) is written to directly. Raises FileError with the path and reason.
void atomic_write(const std::filesystem::path& path, const std::function<void(OutputFile&)>& writer);
void atomic_write(const std::filesystem::path& path, std::string_view content);

/// Makes earlier renames and creations in `folder` durable. Raises FileError.
void sync_folder(const std::filesystem::path& folder);

}  // namespace lamella::platform
