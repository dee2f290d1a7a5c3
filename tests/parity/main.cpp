// lamella_parity FOLDER: computes every case of the comparison with PyTorch and writes it for tests/parity/run.py.
#include <cstdio>
#include <exception>

#include "parity/archive.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: lamella_parity FOLDER\n");
    return 2;
  }
  try {
    lamella::parity::Archive archive(argv[1]);
    lamella::parity::write_operators(archive);
    lamella::parity::write_printing(archive);
    lamella::parity::write_training(archive);
    archive.finish();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "lamella_parity: %s\n", error.what());
    return 1;
  }
  return 0;
}
