// Golden data of one named torch version (tests/golden/torch): cases of named arrays.
#pragma once

#include <set>
#include <string>
#include <utility>

#include "autograd/io/npy.h"
#include "tests/support/tree.h"

namespace ito::test {

class TorchGolden {
 public:
  explicit TorchGolden(const std::string& family) : arrays_(load_npz(golden("torch/" + family + ".npz"))) {}

  std::set<std::string> cases() const {
    std::set<std::string> names;
    for (const auto& [name, array] : arrays_)
      if (const std::size_t dot = name.find('.'); dot != std::string::npos) names.insert(name.substr(0, dot));
    return names;
  }
  // Undefined where the case has none.
  Tensor operator()(const std::string& name, const std::string& part) const {
    const auto found = arrays_.find(name + "." + part);
    return found == arrays_.end() ? Tensor() : found->second;
  }

 private:
  NamedTensors arrays_;
};

// Elements within `bound` of max(1, |want|).
inline void expect_near(const Tensor& got, const Tensor& want, double bound, const std::string& what) {
  ASSERT_TRUE(got.defined() && want.defined()) << what;
  ASSERT_EQ(got.size(), want.size()) << what;
  const auto g = got.span<double>(), w = want.span<double>();
  for (std::size_t i = 0; i < g.size(); ++i)
    ASSERT_NEAR(g[i], w[i], bound * std::max(1.0, std::fabs(w[i]))) << what << "[" << i << "]";
}

}  // namespace ito::test
