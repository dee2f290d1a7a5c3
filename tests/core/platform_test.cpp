#include "core/platform.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <stdexcept>

#include <lamella/error.h>

namespace lamella::platform {
namespace {

namespace fs = std::filesystem;

class PlatformFiles : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "lamella-platform-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::set<std::string> names() const {
    std::set<std::string> found;
    for (const auto& entry : fs::directory_iterator(folder_)) found.insert(entry.path().filename().string());
    return found;
  }

  fs::path folder_;
};

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The text of the FileError that `action` raises, or "" if it raises none.
template <typename Action>
std::string error_of(Action&& action) {
  try {
    action();
  } catch (const FileError& error) {
    return error.what();
  }
  return "";
}

// --- atomic_write ------------------------------------------------------------------------------------------------

TEST_F(PlatformFiles, AtomicWriteMakesAFileWithTheContentAndNothingElse) {
  atomic_write(folder_ / "model", "weights");
  EXPECT_EQ(content_of(folder_ / "model"), "weights");
  EXPECT_EQ(names(), std::set<std::string>{"model"});
}

TEST_F(PlatformFiles, SmallAndLargeWritesArriveInOrder) {
  std::string expected;
  atomic_write(folder_ / "model", [&](OutputFile& file) {
    for (std::size_t bytes : {1UL, 65535UL, 1UL, 65536UL, 0UL, 300000UL, 7UL}) {
      const std::string part(bytes, static_cast<char>('a' + expected.size() % 26));
      file.write(part);
      expected += part;
      EXPECT_EQ(file.size(), expected.size());
    }
  });
  EXPECT_EQ(content_of(folder_ / "model"), expected);
}

TEST_F(PlatformFiles, AFailingWriterLeavesTheOldFileAndNoTemporaryOne) {
  atomic_write(folder_ / "model", "old");
  EXPECT_THROW(atomic_write(folder_ / "model",
                            [](OutputFile& file) {
                              file.write("new");
                              throw std::runtime_error("stopped");
                            }),
               std::runtime_error);
  EXPECT_EQ(content_of(folder_ / "model"), "old");
  EXPECT_EQ(names(), std::set<std::string>{"model"});
}

TEST_F(PlatformFiles, AFileTooLargeForTheSystemLeavesTheOldOneAndSaysWhy) {
  atomic_write(folder_ / "model", "old");
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto previous = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{100000, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  const std::string error = error_of([&] { atomic_write(folder_ / "model", std::string(200000, 'x')); });
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, previous);
  EXPECT_NE(error.find("model"), std::string::npos) << error;
  EXPECT_NE(error.find("File too large"), std::string::npos) << error;
  EXPECT_EQ(content_of(folder_ / "model"), "old");
  EXPECT_EQ(names(), std::set<std::string>{"model"});
}

TEST_F(PlatformFiles, AFullDiskRaises) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  const std::string error = error_of([] { atomic_write("/dev/full", "weights"); });
  EXPECT_NE(error.find("/dev/full: No space left on device"), std::string::npos) << error;
}

TEST_F(PlatformFiles, AMissingFolderIsNamed) {
  const std::string error = error_of([&] { atomic_write(folder_ / "none" / "model", "weights"); });
  EXPECT_NE(error.find("there is no folder " + (folder_ / "none").string()), std::string::npos) << error;
}

TEST_F(PlatformFiles, AFolderIsNotOverwritten) {
  EXPECT_NE(error_of([&] { atomic_write(folder_, "weights"); }).find("it is a folder"), std::string::npos);
  EXPECT_NE(error_of([&] { atomic_write(folder_ / "", "weights"); }), "");
  EXPECT_NE(error_of([&] { atomic_write("", "weights"); }), "");
}

TEST_F(PlatformFiles, AWriteProtectedFileOrFolderRaises) {
  if (geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  atomic_write(folder_ / "model", "old");
  fs::permissions(folder_ / "model", fs::perms::owner_read);
  EXPECT_NE(error_of([&] { atomic_write(folder_ / "model", "new"); }).find("Permission denied"), std::string::npos);
  fs::permissions(folder_, fs::perms::owner_read | fs::perms::owner_exec);
  EXPECT_NE(error_of([&] { atomic_write(folder_ / "other", "new"); }).find("Permission denied"), std::string::npos);
  fs::permissions(folder_, fs::perms::owner_all);
  EXPECT_EQ(content_of(folder_ / "model"), "old");
}

TEST_F(PlatformFiles, ANewFilesModeFollowsTheUmaskAndAReplacedOneKeepsItsOwn) {
  const auto mode_of = [](const fs::path& path) {
    struct stat status{};
    ::stat(path.c_str(), &status);
    return status.st_mode & 07777;
  };
  const mode_t before = umask(027);
  atomic_write(folder_ / "model", "old");
  umask(before);
  EXPECT_EQ(mode_of(folder_ / "model"), 0640U);
  ::chmod((folder_ / "model").c_str(), 0600);
  atomic_write(folder_ / "model", "new");
  EXPECT_EQ(mode_of(folder_ / "model"), 0600U);
}

TEST_F(PlatformFiles, ASymbolicLinkStaysOneAndItsTargetIsReplaced) {
  fs::create_directory(folder_ / "store");
  fs::create_symlink("store/model-1", folder_ / "latest");  // dangling at first
  for (const char* content : {"one", "two"}) {
    atomic_write(folder_ / "latest", content);
    EXPECT_TRUE(fs::is_symlink(folder_ / "latest"));
    EXPECT_EQ(content_of(folder_ / "store" / "model-1"), content);
  }
}

// --- Reading -----------------------------------------------------------------------------------------------------

TEST_F(PlatformFiles, AMappedFileShowsTheBytesAndMayBeMoved) {
  atomic_write(folder_ / "model", "weights");
  MappedFile file(folder_ / "model");
  MappedFile moved(std::move(file));
  ASSERT_EQ(moved.bytes().size(), 7U);
  EXPECT_EQ(static_cast<char>(moved.bytes()[6]), 's');
  EXPECT_EQ(moved.path(), folder_ / "model");
  fs::remove(folder_ / "model");
  EXPECT_EQ(static_cast<char>(moved.bytes()[0]), 'w');
}

TEST_F(PlatformFiles, AnEmptyFileIsEmpty) {
  atomic_write(folder_ / "empty", "");
  EXPECT_TRUE(MappedFile(folder_ / "empty").bytes().empty());
  EXPECT_EQ(read_file(folder_ / "empty"), "");
}

TEST_F(PlatformFiles, ReadFileGivesAllBytesUpToItsLimit) {
  const std::string content = std::string(100000, 'x') + std::string(1, '\0') + "end";
  atomic_write(folder_ / "model", content);
  EXPECT_EQ(read_file(folder_ / "model"), content);
  EXPECT_NE(error_of([&] { read_file(folder_ / "model", 1000); }).find("at most 1000"), std::string::npos);
}

TEST_F(PlatformFiles, WhatIsNoReadableFileRaisesWithItsNameAndTheReason) {
  ASSERT_EQ(mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  for (const auto& [path, reason] : {std::pair<fs::path, std::string>{folder_ / "none", "No such file or directory"},
                                     {folder_, "it is a folder"},
                                     {folder_ / "pipe", "it is not a regular file"},
                                     {"/dev/zero", "it is not a regular file"}}) {
    for (const std::string& error : {error_of([&] { MappedFile file(path); }), error_of([&] { read_file(path); })}) {
      EXPECT_NE(error.find(path.string() + ": " + reason), std::string::npos) << error;
    }
  }
}

// --- The process -------------------------------------------------------------------------------------------------

TEST(PlatformProcess, KnowsItsEnvironmentItsProgramAndItsMemory) {
  setenv("LAMELLA_PLATFORM_TEST", "value", 1);
  EXPECT_EQ(environment("LAMELLA_PLATFORM_TEST"), "value");
  unsetenv("LAMELLA_PLATFORM_TEST");
  EXPECT_EQ(environment("LAMELLA_PLATFORM_TEST"), std::nullopt);
  EXPECT_TRUE(fs::exists(executable_path()));
  EXPECT_GE(page_size(), 4096U);
  EXPECT_GT(physical_memory(), resident_memory());
  EXPECT_GT(peak_resident_memory(), 0U);
  EXPECT_GE(usable_cpus(), 1);
}

TEST(PlatformProcess, MappedMemoryIsAlignedAndZero) {
  constexpr std::size_t kBytes = 3 << 20;
  constexpr std::size_t kAlignment = 2 << 20;
  auto* p = static_cast<char*>(map_memory(kBytes, kAlignment));
  ASSERT_NE(p, nullptr);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(p) % kAlignment, 0U);
  advise_huge_pages(p, kBytes);
  EXPECT_EQ(p[0] + p[kBytes / 2] + p[kBytes - 1], 0);
  unmap_memory(p, kBytes);
  EXPECT_EQ(map_memory(~std::size_t{0}, kAlignment), nullptr);
}

TEST_F(PlatformFiles, TheStrictestQuotaOfACgroupsAncestorsCounts) {
  const auto write = [&](const fs::path& path, const char* text) {
    fs::create_directories((folder_ / path).parent_path());
    atomic_write(folder_ / path, text);
  };
  EXPECT_EQ(cgroup_cpu_quota("0::/a/b\n", folder_), std::nullopt);
  write("a/b/cpu.max", "max 100000\n");
  EXPECT_EQ(cgroup_cpu_quota("0::/a/b\n", folder_), std::nullopt);
  write("a/b/cpu.max", "800000 100000\n");
  EXPECT_EQ(cgroup_cpu_quota("0::/a/b\n", folder_), 8);
  write("a/cpu.max", "350000 100000\n");
  EXPECT_EQ(cgroup_cpu_quota("0::/a/b\n", folder_), 3);
  write("cpu.max", "50000 100000\n");  // half a CPU is still one thread
  EXPECT_EQ(cgroup_cpu_quota("0::/a/b\n", folder_), 1);
}

TEST_F(PlatformFiles, TheFirstVersionOfCgroupsIsReadToo) {
  fs::create_directories(folder_ / "cpu,cpuacct" / "docker");
  atomic_write(folder_ / "cpu,cpuacct" / "docker" / "cpu.cfs_quota_us", "-1\n");
  atomic_write(folder_ / "cpu,cpuacct" / "docker" / "cpu.cfs_period_us", "100000\n");
  const char* membership = "9:memory:/other\n4:cpu,cpuacct:/docker\n";
  EXPECT_EQ(cgroup_cpu_quota(membership, folder_), std::nullopt);
  atomic_write(folder_ / "cpu,cpuacct" / "docker" / "cpu.cfs_quota_us", "200000\n");
  EXPECT_EQ(cgroup_cpu_quota(membership, folder_), 2);
  EXPECT_EQ(cgroup_cpu_quota("4:cpuset:/docker\nnonsense\n::\n", folder_), std::nullopt);
}

TEST(PlatformInterrupt, TheFirstSignalSetsTheFlagAndTheScopesEndRestoresTheHandler) {
  struct sigaction before{};
  struct sigaction after{};
  sigaction(SIGINT, nullptr, &before);
  {
    const InterruptScope scope;
    EXPECT_FALSE(interrupted());
    {
      const InterruptScope nested;
      std::raise(SIGINT);
    }
    EXPECT_TRUE(interrupted());
  }
  sigaction(SIGINT, nullptr, &after);
  EXPECT_EQ(before.sa_handler, after.sa_handler);
  const InterruptScope next;
  EXPECT_FALSE(interrupted());
}

TEST(PlatformInterruptDeathTest, TheSecondSignalEndsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        const InterruptScope scope;
        std::raise(SIGINT);
        std::raise(SIGINT);
        std::_Exit(0);
      },
      testing::KilledBySignal(SIGINT), "");
}

TEST(PlatformTerminal, APipeIsNoneAndColumnsSaysTheWidth) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const int saved = dup(STDOUT_FILENO);
  dup2(ends[1], STDOUT_FILENO);
  setenv("COLUMNS", "72", 1);
  const bool terminal = is_terminal(Stream::kOut);
  const std::optional<int> width = terminal_width(Stream::kOut);
  setenv("COLUMNS", "wide", 1);
  const std::optional<int> unknown = terminal_width(Stream::kOut);
  unsetenv("COLUMNS");
  dup2(saved, STDOUT_FILENO);
  for (const int descriptor : {saved, ends[0], ends[1]}) close(descriptor);
  EXPECT_FALSE(terminal);
  EXPECT_EQ(width, 72);
  EXPECT_EQ(unknown, std::nullopt);
}

}  // namespace
}  // namespace lamella::platform
