// The process, its memory, signals and terminal on POSIX systems. Files stand in platform_files_posix.cpp.
#include "core/platform.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

namespace lamella::platform {
namespace {

// Without a stream, as everywhere in this library: the first one costs a static program the locales, 0.7 MB.
std::string text_of(const std::filesystem::path& path) {
  std::string text;
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return text;
  char part[4096];
  for (ssize_t length = 0; (length = read(file, part, sizeof part)) > 0;) {
    text.append(part, static_cast<std::size_t>(length));
  }
  close(file);
  return text;
}

/// The whole number that `text` begins with after blanks, which are cut off with it; none: no value.
std::optional<std::int64_t> take_number(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\n"), text.size()));
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

std::string_view take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

int affinity_cpus() {
#if defined(__linux__)
  // The kernel refuses a mask shorter than its own: grow until it fits.
  for (int cpus = 1024; cpus <= (1 << 20); cpus *= 2) {
    cpu_set_t* set = CPU_ALLOC(static_cast<std::size_t>(cpus));
    if (set == nullptr) break;
    const std::size_t bytes = CPU_ALLOC_SIZE(static_cast<std::size_t>(cpus));
    const bool fits = sched_getaffinity(0, bytes, set) == 0;
    const int count = fits ? CPU_COUNT_S(bytes, set) : 0;
    CPU_FREE(set);
    if (fits) return std::max(count, 1);
  }
#endif
  return std::max(static_cast<int>(std::thread::hardware_concurrency()), 1);
}

// CPUs that the two files of one cgroup folder grant; no value without a limit.
std::optional<double> quota_in(const std::filesystem::path& folder) {
  const auto granted = [](std::optional<std::int64_t> quota, std::optional<std::int64_t> period) {
    const bool limited = quota && period && *quota > 0 && *period > 0;
    return limited ? std::optional(static_cast<double>(*quota) / static_cast<double>(*period)) : std::nullopt;
  };
  const std::string max = text_of(folder / "cpu.max"), quota = text_of(folder / "cpu.cfs_quota_us"),
                    period = text_of(folder / "cpu.cfs_period_us");
  std::string_view v2 = max, v1_quota = quota, v1_period = period;
  const std::optional<std::int64_t> v2_quota = take_number(v2);  // "max 100000" has no number in front
  if (const auto cpus = granted(v2_quota, take_number(v2))) return cpus;
  return granted(take_number(v1_quota), take_number(v1_period));
}

bool lists_cpu_controller(std::string_view controllers) {
  while (!controllers.empty()) {
    const std::size_t comma = controllers.find(',');
    if (controllers.substr(0, comma) == "cpu") return true;
    if (comma == std::string_view::npos) break;
    controllers.remove_prefix(comma + 1);
  }
  return false;
}

}  // namespace

std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::filesystem::path executable_path() {
  std::error_code error;
  std::filesystem::path path = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? std::filesystem::path() : path;
}

std::optional<int> cgroup_cpu_quota(std::string_view membership, const std::filesystem::path& mount) {
  std::optional<double> strictest;
  const auto consider = [&](const std::filesystem::path& folder) {
    const std::optional<double> quota = quota_in(folder);
    if (quota && (!strictest || *quota < *strictest)) strictest = quota;
  };
  while (!membership.empty()) {
    const std::string_view line = take_line(membership);  // "ID:controllers:/path"; version 2 is "0::/path"
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string_view controllers = line.substr(first + 1, second - first - 1);
    const bool unified = controllers.empty();
    if (!unified && !lists_cpu_controller(controllers)) continue;
    // A container often sees its own cgroup as the root of the mount, whatever the path says: the root counts too.
    std::filesystem::path relative = std::filesystem::path(line.substr(second + 1)).relative_path();
    for (const char* hierarchy : unified ? std::vector<const char*>{"", "unified"}
                                         : std::vector<const char*>{"cpu", "cpu,cpuacct", "cpuacct,cpu"}) {
      for (std::filesystem::path at = relative; !at.empty(); at = at.parent_path()) consider(mount / hierarchy / at);
      consider(mount / hierarchy);
    }
  }
  if (!strictest) return std::nullopt;
  return std::max(static_cast<int>(std::min(*strictest, 1e6)), 1);
}

int usable_cpus() {
  const int cpus = affinity_cpus();
#if defined(__linux__)
  const std::optional<int> quota = cgroup_cpu_quota(text_of("/proc/self/cgroup"));
  if (quota) return std::min(cpus, *quota);
#endif
  return cpus;
}

void name_this_thread(const char* name) {
#if defined(__linux__)
  char short_name[16] = {};
  std::strncpy(short_name, name, sizeof short_name - 1);
  pthread_setname_np(pthread_self(), short_name);
#else
  static_cast<void>(name);
#endif
}

void at_fork(void (*before)(), void (*in_parent)(), void (*in_child)()) { pthread_atfork(before, in_parent, in_child); }

BlockedSignals::BlockedSignals() {
  static_assert(sizeof(sigset_t) <= sizeof previous_);
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, reinterpret_cast<sigset_t*>(previous_));
}

BlockedSignals::~BlockedSignals() {
  pthread_sigmask(SIG_SETMASK, reinterpret_cast<const sigset_t*>(previous_), nullptr);
}

std::size_t page_size() {
  static const std::size_t size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

std::size_t resident_memory() {
  const std::string statm = text_of("/proc/self/statm");  // the whole program's pages, the resident ones, …
  std::string_view numbers = statm;
  take_number(numbers);
  return static_cast<std::size_t>(take_number(numbers).value_or(0)) * page_size();
}

std::size_t peak_resident_memory() {
  // getrusage counts what the process was before its exec too (a forked Python's memory); VmHWM does not.
  const std::string status = text_of("/proc/self/status");
  for (std::string_view rest = status; !rest.empty();) {
    std::string_view line = take_line(rest);
    if (!line.starts_with("VmHWM:")) continue;
    line.remove_prefix(6);
    return std::max(static_cast<std::size_t>(take_number(line).value_or(0)) * 1024, resident_memory());
  }
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
#if defined(__APPLE__)
  const std::size_t peak = static_cast<std::size_t>(usage.ru_maxrss);
#else
  const std::size_t peak = static_cast<std::size_t>(usage.ru_maxrss) * 1024;
#endif
  return std::max(peak, resident_memory());  // the kernel brings the peak up to date lazily
}

std::size_t physical_memory() {
  const long pages = sysconf(_SC_PHYS_PAGES);
  return pages > 0 ? static_cast<std::size_t>(pages) * page_size() : 0;
}

void* map_memory(std::size_t bytes, std::size_t alignment) noexcept {
  const std::size_t slack = alignment > page_size() ? alignment - page_size() : 0;
  if (bytes > SIZE_MAX - slack - page_size()) return nullptr;
  const std::size_t length = (bytes + page_size() - 1) / page_size() * page_size();
  void* const mapped = mmap(nullptr, length + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  char* const start = static_cast<char*>(mapped);
  const std::size_t past = reinterpret_cast<std::uintptr_t>(start) % alignment;
  const std::size_t head = past == 0 ? 0 : alignment - past;
  if (head > 0) munmap(start, head);
  if (slack > head) munmap(start + head + length, slack - head);
  return start + head;
}

void unmap_memory(void* p, std::size_t bytes) noexcept { munmap(p, bytes); }

void advise_huge_pages(void* p, std::size_t bytes) noexcept {
#if defined(MADV_HUGEPAGE)
  madvise(p, bytes, MADV_HUGEPAGE);
#else
  static_cast<void>(p);
  static_cast<void>(bytes);
#endif
}

namespace {

constexpr int kInterrupts[] = {SIGINT, SIGTERM};
std::atomic<bool> interrupt_flag{false};
static_assert(std::atomic<bool>::is_always_lock_free);  // a signal handler may touch it

std::mutex interrupt_mutex;  // guards the two below
int interrupt_scopes = 0;
struct sigaction previous_actions[std::size(kInterrupts)];

extern "C" void on_interrupt(int number) {
  if (!interrupt_flag.exchange(true, std::memory_order_relaxed)) return;
  std::signal(number, SIG_DFL);  // the second one: the user means it
  std::raise(number);            // delivered as this handler returns
}

}  // namespace

InterruptScope::InterruptScope() {
  const std::lock_guard lock(interrupt_mutex);
  if (interrupt_scopes++ > 0) return;
  interrupt_flag.store(false, std::memory_order_relaxed);
  struct sigaction action{};
  action.sa_handler = on_interrupt;
  action.sa_flags = SA_RESTART;  // reads and writes under way go on
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < std::size(kInterrupts); ++i) sigaction(kInterrupts[i], nullptr, &previous_actions[i]);
  for (std::size_t i = 0; i < std::size(kInterrupts); ++i) {
    // What the parent had ignored ("nohup", a shell's "&") stays ignored.
    if (previous_actions[i].sa_handler != SIG_IGN) sigaction(kInterrupts[i], &action, nullptr);
  }
}

InterruptScope::~InterruptScope() {
  const std::lock_guard lock(interrupt_mutex);
  if (--interrupt_scopes > 0) return;
  for (std::size_t i = 0; i < std::size(kInterrupts); ++i) sigaction(kInterrupts[i], &previous_actions[i], nullptr);
}

bool interrupted() noexcept { return interrupt_flag.load(std::memory_order_relaxed); }

bool is_terminal(Stream stream) { return isatty(static_cast<int>(stream)) == 1; }

std::optional<int> terminal_width(Stream stream) {
  winsize size{};
  if (ioctl(static_cast<int>(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const std::optional<std::string> columns = environment("COLUMNS");
  const int width = columns ? std::atoi(columns->c_str()) : 0;
  return width > 0 ? std::optional<int>(width) : std::nullopt;
}

}  // namespace lamella::platform
