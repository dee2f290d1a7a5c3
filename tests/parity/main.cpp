// lamella_parity FOLDER: computes every case of the comparison with PyTorch and writes it for tests/parity/run.py.
// lamella_parity --modules: prints the layers' records alone, one a line.
#include <cstdio>
#include <exception>
#include <string_view>

#include "parity/archive.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: lamella_parity FOLDER | --modules\n");
    return 2;
  }
  try {
    if (std::string_view(argv[1]) == "--modules") {
      lamella::parity::write_modules([](const auto& record) { std::puts(record.str().c_str()); });
      return 0;
    }
    lamella::parity::Archive archive(argv[1]);
    lamella::parity::write_operators(archive);
    lamella::parity::write_printing(archive);
    lamella::parity::write_training(archive);
    lamella::parity::write_modules([&archive](const auto& record) { archive.write(record); });
    archive.finish();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "lamella_parity: %s\n", error.what());
    return 1;
  }
  return 0;
}
