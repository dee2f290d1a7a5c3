#include "core/cpu_target.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

#include <lamella/error.h>

namespace lamella {
namespace {

TEST(CpuTarget, TheBaselineIsCompiledAndRunsEverywhere) {
  ASSERT_FALSE(available_cpu_targets().empty());
  EXPECT_EQ(available_cpu_targets().front(), CpuTarget::kBaseline);
  EXPECT_EQ(compiled_cpu_targets().front(), CpuTarget::kBaseline);
}

TEST(CpuTarget, WhatIsAvailableIsAPartOfWhatIsCompiledInTheSameOrder) {
  const auto compiled = compiled_cpu_targets();
  const auto available = available_cpu_targets();
  EXPECT_TRUE(std::includes(compiled.begin(), compiled.end(), available.begin(), available.end()));
}

TEST(CpuTarget, AScopeForcesATargetOnEveryThreadAndRestoresThePreviousOne) {
  const CpuTarget before = cpu_target();
  for (const CpuTarget target : available_cpu_targets()) {
    const CpuTargetScope scope(target);
    EXPECT_EQ(cpu_target(), target);
    std::thread([&] { EXPECT_EQ(cpu_target(), target); }).join();
  }
  EXPECT_EQ(cpu_target(), before);
}

TEST(CpuTarget, AScopeOfATargetThatTheMachineLacksRaises) {
  for (const CpuTarget target : compiled_cpu_targets()) {
    const auto available = available_cpu_targets();
    if (std::find(available.begin(), available.end(), target) != available.end()) continue;
    EXPECT_THROW(CpuTargetScope{target}, ValueError) << name_of(target);
  }
}

// The variable is read at the first use in a process: each case needs a process of its own.
int exit_code_with(const char* value) {
  setenv("LAMELLA_TARGET", value, 1);
  try {
    return name_of(cpu_target()) == value ? 0 : 1;
  } catch (const ValueError& error) {
    return std::string_view(error.what()).find(value) != std::string_view::npos ? 2 : 3;
  }
}

TEST(CpuTargetDeathTest, TheEnvironmentNamesTheTarget) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  for (const CpuTarget target : available_cpu_targets()) {
    EXPECT_EXIT(std::_Exit(exit_code_with(std::string(name_of(target)).c_str())), testing::ExitedWithCode(0), "");
  }
}

TEST(CpuTargetDeathTest, AnUnknownNameInTheEnvironmentRaisesAtTheFirstUse) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(std::_Exit(exit_code_with("pentium")), testing::ExitedWithCode(2), "");
}

}  // namespace
}  // namespace lamella
