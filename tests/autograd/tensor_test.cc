#include "autograd/tensor.h"

#include <thread>

#include "autograd/storage.h"

namespace ito {
namespace {

TEST(Tensor, HoldsWhatItWasGiven) {
  const Tensor x = Tensor::from<float>({1, 2, 3, 4, 5, 6}, {2, 3});
  EXPECT_EQ(x.shape().text(), "[2, 3]");
  EXPECT_EQ(x.span<float>()[4], 5.0f);
  EXPECT_EQ(Tensor::scalar(2.5, DType::f64).item(), 2.5);
  EXPECT_EQ(Tensor::full({3}, -7, DType::i32).span<std::int32_t>()[2], -7);
  EXPECT_EQ(Tensor::zeros({2, 0, 3}, DType::f32).size(), 0);
  EXPECT_THROW(Tensor::from<float>({1, 2}, {3}), InputError);
  EXPECT_THROW(x.span<double>(), InputError);
  EXPECT_THROW(x.item(), InputError);
  EXPECT_THROW(Tensor().version(), InputError);
  EXPECT_THROW(Tensor::empty({1 << 30, 1 << 30, 1 << 30}, DType::f32), InputError);
  EXPECT_THROW(Tensor::empty({2}, DType::f32, Device::cuda), EnvironmentError);
}

TEST(Tensor, ConvertsExactlyOrRefuses) {
  const Tensor x = Tensor::from<double>({1, -2, 3}, {3});
  EXPECT_EQ(x.to(DType::i32).span<std::int32_t>()[1], -2);
  EXPECT_EQ(Tensor::from<double>({0.1}, {1}).to(DType::f32).span<float>()[0], 0.1f);
  EXPECT_THROW(Tensor::from<float>({1.5f}, {1}).to(DType::i32), InputError);
  EXPECT_THROW(Tensor::from<float>({NAN}, {1}).to(DType::i32), InputError);
  EXPECT_THROW(Tensor::from<double>({3e9}, {1}).to(DType::i32), InputError);
}

// Every element of a [3, 4, 5] tensor through slices and reshapes, against the index arithmetic of the definition.
TEST(Tensor, ViewsShareStorageAndKeepTheRowStride) {
  std::vector<float> values(60);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  Tensor x = Tensor::from(values, {3, 4, 5});

  const Tensor first = x.slice_first(1, 3);
  EXPECT_TRUE(first.contiguous());
  EXPECT_EQ(first.span<float>()[0], 20.0f);

  const Tensor last = first.slice_last(1, 4);
  EXPECT_FALSE(last.contiguous());
  EXPECT_THROW(last.span<float>(), InputError);
  EXPECT_THROW(last.reshape({24}), InputError);
  const Rows<const float> rows = last.rows<float>();
  ASSERT_EQ(rows.count, 8);
  ASSERT_EQ(rows.width, 3);
  for (std::int64_t r = 0; r < 8; ++r)
    for (std::int64_t c = 0; c < 3; ++c)
      EXPECT_EQ(rows.data[r * rows.stride + c], static_cast<float>(20 + r * 5 + 1 + c));

  const Tensor inner = last.slice_first(1, 2);  // of a strided view: [1, 4, 3]
  EXPECT_EQ(inner.rows<float>().data[0], 41.0f);
  EXPECT_EQ(inner.clone().span<float>()[3], 46.0f);
  EXPECT_TRUE(inner.clone().contiguous());

  const std::uint64_t version = last.version();
  x.reshape({12, 5}).mutable_span<float>()[41] = -1;
  EXPECT_EQ(inner.rows<float>().data[0], -1.0f);
  EXPECT_EQ(last.version(), version + 1);

  EXPECT_EQ(x.reshape({60}).slice_first(7, 9).span<float>()[1], 8.0f);
  EXPECT_THROW(x.slice_last(2, 6), InputError);
  EXPECT_THROW(x.slice_first(2, 1), InputError);
  EXPECT_THROW(Tensor::scalar(1, DType::f32).slice_first(0, 1), InputError);
  EXPECT_THROW(x.reshape({61}), InputError);
  EXPECT_EQ(Tensor::scalar(1, DType::f32).rows<float>().count, 1);
}

TEST(Storage, PoisonsAlignsAndReuses) {
  for (const std::int64_t n : {1, 15, 16, 17, 64, 65, 80, 81, 100, 1000, 4097}) {
    const void* address = nullptr;
    {
      Tensor x = Tensor::empty({n}, DType::f32);
      address = x.span<float>().data();
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(address) % 64, 0u);
      for (const float value : x.span<float>()) EXPECT_TRUE(std::isnan(value));
      std::ranges::fill(x.mutable_span<float>(), 1.0f);
    }
    const std::int64_t before = storage_allocations();
    const Tensor again = Tensor::empty({n}, DType::i32);
    EXPECT_EQ(static_cast<const void*>(again.span<std::int32_t>().data()), address);
    EXPECT_EQ(again.span<std::int32_t>()[0], -1);
    EXPECT_EQ(storage_allocations(), before);
  }
}

// A buffer freed by another thread goes back to the cache it came from.
TEST(Storage, ReturnsHomeFromOtherThreads) {
  const std::int64_t n = 123457;
  std::vector<Tensor> made;
  for (int i = 0; i < 4; ++i) made.push_back(Tensor::empty({n}, DType::f32));
  std::thread([&] { made.clear(); }).join();
  const std::int64_t before = storage_allocations();
  for (int i = 0; i < 4; ++i) made.push_back(Tensor::empty({n}, DType::f32));
  EXPECT_EQ(storage_allocations(), before);
}

// A thread that ends leaves its cache to the next one.
TEST(Storage, OutlivesItsThread) {
  const auto work = [] { Tensor::empty({234567}, DType::f64); };
  std::thread(work).join();
  const std::int64_t before = storage_allocations();
  std::thread(work).join();
  EXPECT_EQ(storage_allocations(), before);
}

}  // namespace
}  // namespace ito
