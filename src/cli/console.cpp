#include "cli/console.h"

#include <lamella/error.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include "cli/present/text.h"
#include "core/platform.h"

namespace lamella::cli {

void print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    throw FileError(std::string("standard output: ") + std::strerror(errno));
  }
}

void print_error(std::string_view message) {
  std::string line;
  while (!message.empty() && (message.back() == '\n' || message.back() == ' ')) message.remove_suffix(1);
  for (const char c : message) {  // a list over several lines reads on in one
    if (c == '\n') {
      line += ' ';
    } else if (c != ' ' || !line.ends_with(' ')) {
      line += c == '\t' ? ' ' : c;
    }
  }
  std::fprintf(stderr, "lamella: %s\n", printable(line).c_str());
}

bool output_is_terminal() { return platform::is_terminal(platform::Stream::kOut); }

ColorMode output_colors() {
  return color_mode(output_is_terminal(), platform::environment("NO_COLOR"), platform::environment("COLORTERM"),
                    platform::environment("TERM"));
}

int output_width() { return platform::terminal_width(platform::Stream::kOut).value_or(80); }

}  // namespace lamella::cli
