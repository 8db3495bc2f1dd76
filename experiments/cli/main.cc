#include <cstdio>

#include "kernels/core/error.h"

int main() {
  std::fputs("ito: no command yet\n", stderr);
  return static_cast<int>(ito::ErrorKind::input);
}
