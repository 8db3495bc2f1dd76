#include "autograd/io/npy.h"

#include <filesystem>

#include "autograd/io/atomic_file.h"
#include "autograd/io/inflate.h"
#include "tests/support/damaged.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tree.h"

namespace ito {
namespace {

// The golden files' values: see tests/golden/arrays/make.py.
template <class T>
void expect_golden(const Tensor& x) {
  ASSERT_EQ(x.shape(), Shape({2, 3, 4}));
  ASSERT_EQ(x.dtype(), dtype_of<T>);
  const std::span<const T> values = x.span<T>();
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 3; ++j)
      for (int k = 0; k < 4; ++k) {
        const double expected = dtype_of<T> == DType::i32 ? 4 * i + 7 * j - 9 * k : i + j / 4.0 - k / 2.0;
        EXPECT_EQ(static_cast<double>(values[static_cast<std::size_t>((i * 3 + j) * 4 + k)]), expected);
      }
}

std::string text_of(const Bytes& bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

Bytes bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text.data(), text.size()));
  return {bytes.begin(), bytes.end()};
}

// An npy file of version 1.0 with this header and `data` zero bytes.
Bytes npy_with(const std::string& header, std::size_t data = 0) {
  std::string text("\x93NUMPY\x01\x00", 8);
  text.push_back(static_cast<char>(header.size() & 255));
  text.push_back(static_cast<char>(header.size() >> 8));
  return bytes_of(text + header + std::string(data, '\0'));
}

TEST(Npy, ReadsWhatNumPyWrote) {
  expect_golden<float>(load_npy(golden("arrays/f4.npy")));
  expect_golden<float>(load_npy(golden("arrays/f4_version2.npy")));
  expect_golden<float>(load_npy(golden("arrays/f4_version3.npy")));
  expect_golden<float>(load_npy(golden("arrays/f2.npy")));
  expect_golden<double>(load_npy(golden("arrays/f8.npy")));
  expect_golden<double>(load_npy(golden("arrays/fortran_f8.npy")));
  const Tensor scalar = load_npy(golden("arrays/scalar_f8.npy"));
  EXPECT_EQ(scalar.shape(), Shape());
  EXPECT_EQ(scalar.item(), 2.5);
  const Tensor vector = load_npy(golden("arrays/vector_i8.npy"));
  EXPECT_EQ(vector.shape(), Shape({3}));
  EXPECT_EQ(vector.span<std::int32_t>()[2], 2147483647);
  EXPECT_EQ(load_npy(golden("arrays/empty_f4.npy")).shape(), Shape({0, 2}));
  const Tensor bytes = load_npy(golden("arrays/u1.npy"));
  for (int i = 0; i < 6; ++i) EXPECT_EQ(bytes.span<std::int32_t>()[static_cast<std::size_t>(i)], i);
}

TEST(Npy, WritesTheBytesNumPyWrites) {
  for (const char* name : {"f4.npy", "f8.npy", "scalar_f8.npy", "empty_f4.npy"}) {
    const Bytes file = read_file(golden("arrays") / name);
    EXPECT_EQ(npy_bytes(parse_npy(file, name)), file) << name;
  }
  // A row-strided view is written as what it shows.
  const Tensor x = Tensor::from<float>({1, 2, 3, 4, 5, 6}, {2, 3});
  const Tensor back = parse_npy(npy_bytes(x.slice_last(1, 3)), "slice");
  EXPECT_EQ(back.shape(), Shape({2, 2}));
  EXPECT_EQ(back.span<float>()[2], 5.0f);
  const Tensor vector = Tensor::from<std::int32_t>({7, -1}, {2});
  EXPECT_EQ(parse_npy(npy_bytes(vector), "vector").span<std::int32_t>()[1], -1);
}

TEST(Npy, HalvesWidenExactly) {
  const std::string header = "{'descr': '<f2', 'fortran_order': False, 'shape': (5,), }\n";
  Bytes file = npy_with(header, 10);
  const std::uint16_t halves[] = {0x0001, 0x8400, 0x7BFF, 0xFC00, 0x7E00};  // 2^-24, -2^-14, 65504, -inf, NaN
  std::memcpy(file.data() + file.size() - 10, halves, 10);
  const Tensor x = parse_npy(file, "halves");
  EXPECT_EQ(x.span<float>()[0], 0x1p-24f);
  EXPECT_EQ(x.span<float>()[1], -0x1p-14f);
  EXPECT_EQ(x.span<float>()[2], 65504.0f);
  EXPECT_EQ(x.span<float>()[3], -std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(x.span<float>()[4]));
}

TEST(Npy, RefusesWithOneClearLine) {
  const auto refused = [](const Bytes& file, const std::string& part) {
    try {
      parse_npy(file, "x.npy");
      ADD_FAILURE() << "accepted; expected: " << part;
    } catch (const InputError& error) {
      const std::string message = error.what();
      EXPECT_NE(message.find("x.npy: "), std::string::npos) << message;
      EXPECT_NE(message.find(part), std::string::npos) << message;
      EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    }
  };
  refused(read_file(golden("arrays/big_endian.npy")), "type '>f4'");
  refused(npy_with("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", 8), "type '<c8'");
  refused(npy_with("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", 8), "type '|O'");
  refused(npy_with("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", 4), "plain array");
  refused(npy_with("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", 8), "8 bytes of data");
  refused(npy_with("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", 8), "8 bytes of data");
  refused(npy_with("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", 4), "shape (-1)");
  refused(npy_with("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }", 0), "0 bytes");
  refused(npy_with("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 4611686018427387904, 64), }", 0), "0 bytes");
  refused(npy_with("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", 0), "plain array");
  refused(npy_with("{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1), }", 4), "4 bytes");
  refused(npy_with("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 'x', }", 4), "plain array");
  refused(npy_with("{'descr': '<f4', 'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", 4), "plain array");
  refused(npy_with("{'descr': '<f4', 'shape': (1,), }", 4), "plain array");
  refused(bytes_of("PK\x03\x04 not an npy"), "not an npy file");
  refused(bytes_of(std::string("\x93NUMPY\x04\x00\x01\x00\x00\x00", 12)), "version 4.0");
  Bytes wide = npy_with("{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }", 8);
  wide[wide.size() - 1] = std::byte{0x10};
  refused(wide, "does not fit 32 bits");
  EXPECT_THROW(load_npy("/nowhere/x.npy"), InputError);
}

TEST(Npy, DamageNeverCrashes) {
  for (const char* name : {"f4.npy", "fortran_f8.npy", "f4_version2.npy", "vector_i8.npy"}) {
    const Bytes file = read_file(golden("arrays") / name);
    for_each_truncation(file, [&](const Bytes& copy) { EXPECT_THROW(parse_npy(copy, name), InputError); });
    for_each_flip(file, [&](const Bytes& copy) {
      try {
        parse_npy(copy, name);  // flipped elements are other numbers, not damage
      } catch (const InputError&) {
      }
    });
  }
}

TEST(Npz, ReadsWhatNumPyWrote) {
  for (const char* name : {"stored.npz", "deflated.npz"}) {
    const NamedTensors arrays = load_npz(golden("arrays") / name);
    ASSERT_EQ(arrays.size(), 2u);
    expect_golden<float>(arrays.at("x"));
    expect_golden<std::int32_t>(arrays.at("labels"));
  }
}

TEST(Npz, WritesWhatItReads) {
  const TemporaryFolder folder;
  const NamedTensors arrays = load_npz(golden("arrays/stored.npz"));
  for (const ZipMethod method : {ZipMethod::stored, ZipMethod::deflated}) {
    save_npz(folder / "a.npz", arrays, method);
    EXPECT_EQ(read_file(folder / "a.npz"), npz_bytes(arrays, method));
    const NamedTensors back = load_npz(folder / "a.npz");
    ASSERT_EQ(back.size(), 2u);
    for (const auto& [name, x] : arrays) EXPECT_EQ(npy_bytes(back.at(name)), npy_bytes(x));
  }
  EXPECT_TRUE(parse_npz(npz_bytes({}), "empty").empty());
}

TEST(Npz, DamageIsAnErrorOrChangesNothing) {
  for (const char* name : {"stored.npz", "deflated.npz"}) {
    const Bytes file = read_file(golden("arrays") / name);
    const std::string before = text_of(npz_bytes(parse_npz(file, name), ZipMethod::stored));
    for_each_truncation(file, [&](const Bytes& copy) { EXPECT_THROW(parse_npz(copy, name), InputError); });
    for_each_flip(file, [&](const Bytes& copy) {
      try {
        const NamedTensors arrays = parse_npz(copy, name);
        EXPECT_EQ(text_of(npz_bytes(arrays, ZipMethod::stored)), before);
      } catch (const InputError&) {
      }
    });
  }
}

// Changes the two-byte or four-byte number at `at`.
void set_number(Bytes& bytes, std::size_t at, std::uint32_t value, int size) {
  for (int i = 0; i < size; ++i) bytes[at + static_cast<std::size_t>(i)] = static_cast<std::byte>(value >> (8 * i));
}

TEST(Zip, RefusesBombsAndOverlaps) {
  const Bytes zeros(1 << 20);
  const std::vector<ZipEntry> entries = {{"a", zeros}, {"b", zeros}};
  const Bytes file = zip_bytes(entries, ZipMethod::deflated);
  ASSERT_LT(file.size(), 4096u);
  EXPECT_EQ(read_zip(file, "z").at(1).bytes, zeros);
  EXPECT_THROW(read_zip(file, "z", (2 << 20) - 1), InputError);

  const std::size_t end = file.size() - 22;
  std::size_t second = end - 47;  // the second directory entry: 46 bytes and a name of one
  Bytes claims_more = file;
  set_number(claims_more, second + 24, 0xFFFFFFF0, 4);  // 4 GiB from a kilobyte
  EXPECT_THROW(read_zip(claims_more, "z"), InputError);
  Bytes overlaps = file;
  set_number(overlaps, second + 42, 0, 4);  // both entries at the first one's data
  overlaps[second + 46] = std::byte{'a'};
  EXPECT_THROW(read_zip(overlaps, "z"), InputError);
  Bytes encrypted = file;
  set_number(encrypted, second + 8, 1, 2);
  EXPECT_THROW(read_zip(encrypted, "z"), InputError);
}

TEST(Inflate, MemoryFollowsWhatIsReallyThere) {
  const Bytes zeros(1 << 22);
  for (const Wrapping wrapping : {Wrapping::raw, Wrapping::zlib, Wrapping::gzip}) {
    const Bytes packed = deflate_bytes(zeros, wrapping);
    EXPECT_EQ(inflate_bytes(packed, wrapping, zeros.size(), "z"), zeros);
    EXPECT_THROW(inflate_bytes(packed, wrapping, zeros.size() - 1, "z"), InputError);
    Bytes longer = packed;
    longer.push_back(std::byte{0});
    EXPECT_THROW(inflate_bytes(longer, wrapping, zeros.size(), "z"), InputError);
  }
  EXPECT_TRUE(inflate_bytes(deflate_bytes({}, Wrapping::gzip), Wrapping::gzip, 0, "z").empty());
  EXPECT_THROW(inflate_bytes({}, Wrapping::gzip, 10, "z"), InputError);
}

}  // namespace
}  // namespace ito
