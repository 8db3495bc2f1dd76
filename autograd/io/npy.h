// NumPy's array format: .npy (NEP 1; versions 1.0, 2.0, 3.0) and .npz, a zip archive of them.
//
// Read: little-endian f2 f4 f8 i1 i2 i4 i8 u1 u2 b1, in C or Fortran order (converted), widened as stored_type.h says.
// Written: version 1.0, f4, f8 or i4, C order, the header padded to a multiple of 64 bytes as NumPy does.
// A file that is truncated, lies about its size, or holds anything else is an InputError naming the file.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "autograd/io/zip.h"
#include "autograd/tensor.h"

namespace ito {

Tensor parse_npy(std::span<const std::byte> bytes, const std::string& origin);
std::vector<std::byte> npy_bytes(const Tensor& x);

Tensor load_npy(const std::filesystem::path& path);
void save_npy(const std::filesystem::path& path, const Tensor& x);

// Arrays by name, without the ".npy" that the archive adds.
using NamedTensors = std::map<std::string, Tensor>;
NamedTensors parse_npz(std::span<const std::byte> bytes, const std::string& origin);
std::vector<std::byte> npz_bytes(const NamedTensors& arrays, ZipMethod method = ZipMethod::deflated);

NamedTensors load_npz(const std::filesystem::path& path);
void save_npz(const std::filesystem::path& path, const NamedTensors& arrays, ZipMethod method = ZipMethod::deflated);

}  // namespace ito
