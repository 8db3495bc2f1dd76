// Compiled once and included before every test (see the Makefile).
#ifndef ITO_TESTS_PRECOMPILED_H_
#define ITO_TESTS_PRECOMPILED_H_

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <vector>

#endif  // ITO_TESTS_PRECOMPILED_H_
