// The matrix product as OpenBLAS and Eigen do it.
#include <cblas.h>

#include <Eigen/Core>
#include <memory>

#include "bench/case.h"

namespace ito::bench {
namespace {

void blas_gemm(bool ta, bool tb, int m, int n, int k, const float* a, int lda, const float* b, int ldb, float* c) {
  cblas_sgemm(CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans, m, n, k, 1.0f, a, lda, b,
              ldb, 0.0f, c, n);
}
void blas_gemm(bool ta, bool tb, int m, int n, int k, const double* a, int lda, const double* b, int ldb, double* c) {
  cblas_dgemm(CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans, m, n, k, 1.0, a, lda, b,
              ldb, 0.0, c, n);
}

template <class T>
Work make_openblas(const Shape& shape, bool ta, bool tb) {
  const int m = static_cast<int>(shape[0]), n = static_cast<int>(shape[1]), k = static_cast<int>(shape[2]);
  const auto a = std::make_shared<std::vector<T>>(values<T>(shape[0] * k));
  const auto b = std::make_shared<std::vector<T>>(values<T>(shape[1] * k));
  const auto c = std::make_shared<std::vector<T>>(shape[0] * n);
  return {Bound::compute, 2.0 * m * n * k, [=](Context& context) {
            openblas_set_num_threads(context.threads);
            blas_gemm(ta, tb, m, n, k, a->data(), ta ? m : k, b->data(), tb ? k : n, c->data());
          }};
}

template <class T>
Work make_eigen(const Shape& shape, bool ta, bool tb) {
  using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const std::int64_t m = shape[0], n = shape[1], k = shape[2];
  const std::vector<T> x = values<T>(m * k), y = values<T>(k * n);
  const auto a = std::make_shared<Matrix>(Eigen::Map<const Matrix>(x.data(), ta ? k : m, ta ? m : k));
  const auto b = std::make_shared<Matrix>(Eigen::Map<const Matrix>(y.data(), tb ? n : k, tb ? k : n));
  const auto c = std::make_shared<Matrix>(m, n);
  return {Bound::compute, 2.0 * static_cast<double>(m * n * k), [=](Context& context) {
            Eigen::setNbThreads(context.threads);
            if (ta)
              c->noalias() = a->transpose() * *b;
            else if (tb)
              c->noalias() = *a * b->transpose();
            else
              c->noalias() = *a * *b;
          }};
}

bool add_peers(const std::string& kernel, bool ta, bool tb) {
  return add_peer(kernel, {"OpenBLAS",
                           [=](const Shape& shape, Dtype dtype) {
                             return dtype == Dtype::float32 ? make_openblas<float>(shape, ta, tb)
                                                            : make_openblas<double>(shape, ta, tb);
                           }}) &&
         add_peer(kernel, {"Eigen", [=](const Shape& shape, Dtype dtype) {
                             return dtype == Dtype::float32 ? make_eigen<float>(shape, ta, tb)
                                                            : make_eigen<double>(shape, ta, tb);
                           }});
}

const bool registered =
    add_peers("gemm", false, false) && add_peers("gemm_nt", false, true) && add_peers("gemm_tn", true, false);

}  // namespace
}  // namespace ito::bench
