// From the command line to a command and back to an exit code.
#pragma once

namespace lamella::cli {

inline constexpr int kSuccess = 0;
inline constexpr int kFailure = 1;        // one line on standard error says what and why
inline constexpr int kUsage = 2;          // the command line itself is wrong
inline constexpr int kInterrupted = 130;  // as shells count: 128 + SIGINT

/// Runs what `argv` asks for. Nothing escapes: every error becomes one line "lamella: …" on standard error.
int run_command_line(int argc, const char* const* argv);

}  // namespace lamella::cli
