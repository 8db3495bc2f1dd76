// No recorded number passes through libm's transcendental functions, whose bits differ between processors: the command
// does not even import them. What it may import from libm is exact or correctly rounded, and listed here.
#include <dlfcn.h>

#include <cstdio>
#include <set>

#include "tests/experiments/cli/ito_process.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define ITO_TESTS_IMPORTS_OF_THE_SANITIZER 1  // linked into the program, it asks for functions of its own
#endif
#endif

namespace ito {
namespace {

const std::set<std::string> kExact = {"sqrt",      "fma",    "floor",  "ceil",   "rint",      "nearbyint",
                                      "trunc",     "round",  "lround", "fmod",   "copysign",  "ldexp",
                                      "frexp",     "scalbn", "ilogb",  "logb",   "fabs",      "fmin",
                                      "remainder", "fmax",   "modf",   "llrint", "fegetround"};

// The dynamic symbols that `file` needs from others, without their versions.
std::vector<std::string> imports(const std::filesystem::path& file) {
  std::vector<std::string> names;
  FILE* listing = popen(("nm --dynamic --undefined-only --just-symbols '" + file.string() + "'").c_str(), "r");
  if (listing == nullptr) return names;
  char line[4096];
  while (std::fgets(line, sizeof line, listing) != nullptr) {
    const std::string name = line;
    names.push_back(name.substr(0, name.find_first_of("@ \n")));
  }
  pclose(listing);
  return names;
}

// Whether libm is who answers to `name`. (The C library has copies of a few exact functions.)
bool from_libm(void* libm, const std::string& name) {
  void* address = dlsym(libm, name.c_str());
  Dl_info found{};
  return address != nullptr && dladdr(address, &found) != 0 && found.dli_fname != nullptr &&
         std::filesystem::path(found.dli_fname).filename().string().starts_with("libm.");
}

// "sqrtf" and "sqrtl" are "sqrt" in another width.
bool is_exact(const std::string& name) {
  return kExact.contains(name) ||
         ((name.back() == 'f' || name.back() == 'l') && kExact.contains(name.substr(0, name.size() - 1)));
}

TEST(Imports, TheCommandTakesNothingInexactFromLibm) {
#ifdef ITO_TESTS_IMPORTS_OF_THE_SANITIZER
  GTEST_SKIP() << "the sanitizer's own imports";
#endif
  void* libm = dlopen("libm.so.6", RTLD_NOW);
  ASSERT_NE(libm, nullptr);
  EXPECT_TRUE(from_libm(libm, "exp") && from_libm(libm, "tanhf") && !from_libm(libm, "memcpy"));

  const std::vector<std::string> names = imports(ito_binary());
  EXPECT_GT(names.size(), 50u) << "nm read nothing of " << ito_binary();
  for (const std::string& name : names) {
    if (from_libm(libm, name)) {
      EXPECT_TRUE(is_exact(name)) << "ito imports " << name << "; ito::math (kernels/core/math.h) has its functions";
    }
  }
  // The reference kernels of the tests do use them: an import can be seen.
  bool seen = false;
  for (const std::string& name : imports(std::filesystem::read_symlink("/proc/self/exe"))) seen |= name == "tanh";
  EXPECT_TRUE(seen);
}

}  // namespace
}  // namespace ito
