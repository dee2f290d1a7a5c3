// What another project's program may be: it prints 6 and succeeds.
#include <cstdio>

#include <lamella/ops/create.h>
#include <lamella/ops/reduce.h>

int main() {
  const float total = lamella::sum(lamella::ones({2, 3})).item<float>();
  std::printf("%g\n", total);
  return total == 6.0F ? 0 : 1;
}
