// Compiled once and included before every test (see the Makefile).
#ifndef ITO_TESTS_PRECOMPILED_H_
#define ITO_TESTS_PRECOMPILED_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#endif  // ITO_TESTS_PRECOMPILED_H_
